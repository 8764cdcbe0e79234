import { expect } from 'chai'
import { readRequestHead } from '../../../../gateway/heads/request-head.js'

const key = ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==']
const handshake = ['Connection', 'keep-alive, Upgrade', 'Upgrade', 'WebSocket', 'Sec-WebSocket-Version', '13', ...key]

function upgrade(fields: readonly string[], more: { method?: string; version?: string } = {}): string {
  const head = { method: 'GET', target: '/', version: '1.1', fields: ['Host', 'h', ...fields], ...more }
  const view = readRequestHead(head, { fields: 100, headBytes: 16_384 })
  if (view.kind === 'refused') return `${view.error.status}: ${view.error.details.reason ?? ''}`
  return view.upgrade.kind === 'relayed' ? view.upgrade.protocol : view.upgrade.kind
}

const without = (name: string) => handshake.filter((text, at) => text !== name && handshake[at - 1] !== name)

describe('upgrades', () => {
  it('are relayed where the handshake is complete', () => {
    expect(upgrade(handshake)).to.equal('WebSocket')
    expect(upgrade(['Connection', 'upgrade', 'Upgrade', 'custom/1'])).to.equal('custom/1')
    expect(upgrade(['Connection', 'Upgrade', 'Upgrade', 'SPDY/3.1'])).to.equal('SPDY/3.1')
    expect(upgrade([])).to.equal('none')
  })

  it('to other protocols are relayed with a body too, and with one of no bytes', () => {
    for (const framing of [
      ['Content-Length', '0'],
      ['Content-Length', '3'],
      ['Transfer-Encoding', 'chunked'],
    ]) {
      const fields = ['Connection', 'Upgrade', 'Upgrade', 'SPDY/3.1', ...framing]
      expect(upgrade(fields, { method: 'POST' }), framing.join()).to.equal('SPDY/3.1')
    }
  })

  it('to HTTP/2 or TLS, in HTTP/1.0 or unannounced are ignored', () => {
    for (const protocol of ['h2c', 'h2', 'H2C', 'HTTP/2.0', 'TLS/1.2', 'a, b']) {
      expect(upgrade(['Connection', 'upgrade', 'Upgrade', protocol]), protocol).to.equal('stripped')
    }
    expect(upgrade(['Upgrade', 'custom'])).to.equal('stripped')
    expect(upgrade(['Connection', 'upgrade', 'Upgrade', 'custom'], { version: '1.0' })).to.equal('stripped')
  })

  it('to WebSocket are refused where malformed', () => {
    for (const name of ['Connection', 'Upgrade', 'Sec-WebSocket-Version', 'Sec-WebSocket-Key']) {
      const fields = name === 'Upgrade' ? without('Upgrade') : without(name)
      expect(upgrade(fields), name).to.match(/^400/)
    }
    expect(upgrade(handshake, { method: 'POST' })).to.match(/^400/)
    expect(upgrade(handshake, { version: '1.0' })).to.match(/^400/)
    expect(upgrade([...handshake, 'Content-Length', '2'])).to.match(/^400/)
    expect(upgrade([...handshake, 'Upgrade', 'h2c'])).to.match(/^400/)
    expect(upgrade([...without('Sec-WebSocket-Key'), 'Sec-WebSocket-Key', 'x'])).to.match(/^400/)
    expect(upgrade([...without('Sec-WebSocket-Version'), 'Sec-WebSocket-Version', 'x'])).to.match(/^400/)
  })
})
