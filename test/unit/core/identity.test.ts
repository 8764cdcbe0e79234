import { expect } from 'chai'
import { identityClaimOf } from '../../../core/identity.js'

const jwt = (claims: unknown) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.signature`
const claimOf = (authorization: string, query = '') => identityClaimOf(['Authorization', authorization], query)
const asserted = (agent: string) => ({ agent, by: 'asserted' })

describe('the identity that a request claims', () => {
  it('is the e-mail address of a JWT, else its subject, and asserted since nobody has verified it', () => {
    expect(claimOf(`Bearer ${jwt({ sub: '7', email: 'ann@example.org' })}`)).to.deep.equal(
      asserted('jwt:ann@example.org'),
    )
    expect(claimOf(`bearer ${jwt({ sub: '7' })}`)).to.deep.equal(asserted('jwt:7'))
  })

  it('is the access key of a SigV4 signature, in the field or in a presigned query', () => {
    const scope = '20260101/us-east-1/s3/aws4_request'
    expect(claimOf(`AWS4-HMAC-SHA256 Credential=AKID/${scope}, Signature=secret`)).to.deep.equal(asserted('sigv4:AKID'))
    const query = `?X-Amz-Credential=AKID%2F${scope.replaceAll('/', '%2F')}&X-Amz-Signature=secret`
    expect(identityClaimOf([], query)).to.deep.equal(asserted('sigv4:AKID'))
  })

  it('is the user of Basic credentials, never the password', () => {
    const basic = (text: string) => claimOf(`Basic ${Buffer.from(text).toString('base64')}`)
    expect(basic('ann:canary:4711')).to.deep.equal(asserted('basic:ann'))
    expect(basic(':canary')).to.equal(null)
  })

  it('is none where credentials are opaque, broken or hostile', () => {
    const tokens = ['opaque', 'a.b.c', jwt(7), jwt({ sub: 7 }), jwt({ sub: 'a\nb' }), jwt({ sub: 'x'.repeat(257) })]
    expect(tokens.map((token) => claimOf(`Bearer ${token}`)).filter((claim) => claim !== null)).to.deep.equal([])
    expect(claimOf('Digest username="ann"')).to.equal(null)
    expect(identityClaimOf([], '')).to.equal(null)
  })
})
