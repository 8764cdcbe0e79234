import { expect } from 'chai'
import fc from 'fast-check'
import { createHeadRedactor, redacted, redactionRules } from '../../../core/redaction.js'

const redactor = createHeadRedactor(redactionRules({ fields: ['X-Tenant-Secret'], query: ['Session'] }))

describe('redaction of heads', () => {
  it('blanks secret fields whatever their case, and keeps the others as they are', () => {
    const fields = ['Accept', '*/*', 'AUTHORIZATION', 'Bearer s3cret', 'cookie', 'a=b', 'x-tenant-secret', 'z']
    expect(redactor.fields(fields)).to.deep.equal([
      ...['Accept', '*/*', 'AUTHORIZATION', redacted, 'cookie', redacted, 'x-tenant-secret', redacted],
    ])
  })

  it('blanks every secret field in any case, and no other', () => {
    const { fields: secret } = redactionRules({ fields: ['X-Tenant-Secret', 'é-Key', ''] })
    const wide = createHeadRedactor(redactionRules({ fields: ['X-Tenant-Secret', 'é-Key', ''] }))
    const anyCase = fc
      .tuple(fc.constantFrom(...secret), fc.infiniteStream(fc.boolean()))
      .map(([name, upper]) =>
        Array.from(name, (one) => (upper.next().value === true ? one.toUpperCase() : one)).join(''),
      )
    fc.assert(
      fc.property(fc.array(fc.oneof(anyCase, fc.string())), (names) => {
        const expected = names.flatMap((name) => [name, secret.includes(name.toLowerCase()) ? redacted : 'v'])
        expect(wide.fields(names.flatMap((name) => [name, 'v']))).to.deep.equal(expected)
      }),
    )
  })

  it('gives back the same array where nothing is secret', () => {
    const fields = ['Accept', '*/*']
    expect(redactor.fields(fields)).to.equal(fields)
  })

  it('blanks signatures and configured parameters in a target, escaped names too', () => {
    const target = '/b/k?X-Amz-Signature=abc&x=1&%58-Amz-Signature=def&session=9&flag'
    expect(redactor.target(target)).to.equal(
      `/b/k?X-Amz-Signature=${redacted}&x=1&%58-Amz-Signature=${redacted}&session=${redacted}&flag`,
    )
  })

  it('blanks secrets in the URLs that fields carry', () => {
    expect(redactor.fields(['Location', 'https://x/y?token=s3cret'])).to.deep.equal([
      'Location',
      `https://x/y?token=${redacted}`,
    ])
  })

  it('never lets the value of a secret parameter through', () => {
    const secret = fc.stringMatching(/^[a-z0-9]{12}$/)
    const name = fc.constantFrom('token', 'SIG', 'api_key', 'x-amz-credential', 'session')
    fc.assert(
      fc.property(secret, name, fc.webQueryParameters(), (value, parameter, rest) => {
        const kept = redactor.target(`/p?${rest.replaceAll(value, '')}&${parameter}=${value}`)
        expect(kept).not.to.contain(value)
      }),
    )
  })
})
