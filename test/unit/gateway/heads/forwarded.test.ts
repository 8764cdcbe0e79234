import { expect } from 'chai'
import {
  clientAddress,
  clientOrigin,
  createPeerTrust,
  pushForwarded,
  type Hop,
} from '../../../../gateway/heads/forwarded.js'

const hop: Hop = { peer: '192.0.2.7', trusted: false, scheme: 'http', port: 8080, authority: 'h:8080' }
const came = [
  ...['X-Forwarded-For', '203.0.113.1', 'x-forwarded-for', '10.0.0.1', 'Forwarded', 'for=203.0.113.1'],
  ...['X-Forwarded-Proto', 'https', 'X-Forwarded-Host', 'public.example', 'X-Real-IP', '203.0.113.1'],
]

function forwarded(fields: readonly string[], from: Hop): Record<string, string> {
  const out: string[] = []
  pushForwarded(out, fields, from)
  return Object.fromEntries(out.flatMap((name, at) => (at % 2 === 0 ? [[name, out[at + 1] ?? '']] : [])))
}

describe('forwarding fields', () => {
  it('replace what an untrusted peer wrote', () => {
    expect(forwarded(came, hop)).to.deep.equal({
      Forwarded: 'for=192.0.2.7;host="h:8080";proto=http',
      'X-Forwarded-For': '192.0.2.7',
      'X-Forwarded-Host': 'h:8080',
      'X-Forwarded-Proto': 'http',
      'X-Forwarded-Port': '8080',
      'X-Real-IP': '192.0.2.7',
    })
  })

  it('continue what a trusted peer wrote', () => {
    expect(forwarded(came, { ...hop, trusted: true })).to.deep.equal({
      Forwarded: 'for=203.0.113.1, for=192.0.2.7;host="h:8080";proto=http',
      'X-Forwarded-For': '203.0.113.1, 10.0.0.1, 192.0.2.7',
      'X-Forwarded-Host': 'public.example',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Port': '8080',
      'X-Real-IP': '203.0.113.1',
    })
  })

  it('of a trusted peer that hold a list say what the peer itself wrote: the last member, of the last line', () => {
    const trusted = { ...hop, trusted: true }
    const lists = [
      ...['X-Forwarded-Host', 'evil.example, inner.example', 'x-forwarded-host', 'public.example:8443'],
      ...['X-Forwarded-Proto', 'http,https', 'X-Forwarded-Port', '80 , 8443'],
    ]
    expect(forwarded(lists, trusted)).to.include({
      'X-Forwarded-Host': 'public.example:8443',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Port': '8443',
    })
    expect(clientOrigin(lists, trusted, 'h:8080')).to.equal('https://public.example:8443')
    expect(forwarded(lists, hop)).to.deep.equal(forwarded([], hop))
  })

  it('of a trusted peer whose last member says nothing are not those of a client before it', () => {
    for (const last of ['', 'a/b', 'a b', 'a@b']) {
      const fields = ['X-Forwarded-Host', `evil.example, ${last}`, 'X-Forwarded-Proto', `https,${last}`]
      expect(forwarded(fields, { ...hop, trusted: true }), last).to.deep.equal(forwarded([], hop))
    }
  })

  it('of a trusted peer are replaced where they are malformed', () => {
    const malformed = [
      'X-Forwarded-Proto',
      'gopher',
      'X-Forwarded-Host',
      'a/b',
      'X-Real-IP',
      'me',
      'X-Forwarded-Port',
      'x',
    ]
    expect(forwarded(malformed, { ...hop, trusted: true })).to.deep.equal(forwarded([], hop))
  })

  it('quote IPv6 and leave out a host that was not named', () => {
    const out = forwarded([], { ...hop, peer: '2001:db8::1', authority: '' })
    expect(out.Forwarded).to.equal('for="[2001:db8::1]";proto=http')
    expect(out).not.to.have.property('X-Forwarded-Host')
  })
})

describe('where the client thinks it is', () => {
  it('is what it asked of us, or what a trusted peer says', () => {
    expect(clientOrigin(came, hop, 'H:8080')).to.equal('http://H:8080')
    expect(clientOrigin(came, { ...hop, trusted: true }, 'h:8080')).to.equal('https://public.example')
    expect(clientOrigin([], { ...hop, trusted: true }, 'h:8080')).to.equal('http://h:8080')
  })
})

describe('trusted peers', () => {
  const trust = createPeerTrust(['10.0.0.0/8', '192.0.2.1', '2001:db8::/32'])

  it('are addresses and networks, mapped IPv4 included', () => {
    for (const one of ['10.1.2.3', '::ffff:10.1.2.3', '192.0.2.1', '2001:db8::5'])
      expect(trust(one), one).to.equal(true)
    for (const one of ['11.0.0.1', '192.0.2.2', '2001:db9::1', '', 'x']) expect(trust(one), one).to.equal(false)
    for (const one of ['x', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/x', '::/129']) {
      expect(() => createPeerTrust([one]), one).to.throw(/neither/)
    }
  })

  it('vouch for the client’s address as far as they reach', () => {
    const from = (value: string, peer = '10.0.0.1') => clientAddress(['X-Forwarded-For', value], peer, trust)
    expect(from('203.0.113.9', '203.0.113.1')).to.equal('203.0.113.1')
    expect(from('198.51.100.1, 203.0.113.9, 10.0.0.2')).to.equal('203.0.113.9')
    expect(from('203.0.113.9, junk')).to.equal('10.0.0.1')
    expect(clientAddress([], '::ffff:10.0.0.1', trust)).to.equal('10.0.0.1')
  })
})
