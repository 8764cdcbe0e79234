import { expect } from 'chai'
import { upstreamFailure } from '../../../gateway/upstream-failure.js'

const coded = (code: string, message = 'node’s words') => Object.assign(new Error(message), { code })

describe('what went wrong on the way to an upstream', () => {
  it('is told in plain words, of TLS and certificates too', () => {
    const told = (code: string) => upstreamFailure(coded(code))
    expect(told('EPROTO')).to.deep.equal({
      code: 'WB_UPSTREAM_REFUSED',
      reason: 'the TLS handshake failed (is it http://?)',
    })
    for (const code of ['CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN']) {
      expect(told(code))
        .to.have.property('reason')
        .that.matches(/^its certificate /)
    }
    for (const code of ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'ERR_TLS_CERT_ALTNAME_INVALID']) {
      expect(told(code))
        .to.have.property('reason')
        .that.matches(/^its certificate /)
      expect(told(code).code).to.equal('WB_UPSTREAM_REFUSED')
    }
  })

  it('is a reset once the connection stood, whatever the code: the request may have had its effect', () => {
    expect(upstreamFailure(coded('ECONNRESET'), true)).to.deep.equal({
      code: 'WB_UPSTREAM_RESET',
      reason: 'connection reset',
    })
    for (const code of ['EPROTO', 'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'ETIMEDOUT']) {
      expect(upstreamFailure(coded(code), true)).to.deep.equal({
        code: 'WB_UPSTREAM_RESET',
        reason: `the connection broke (${code})`,
      })
    }
  })

  it('is told by its code where there are no words, never by a message', () => {
    const openssl = '80EC:error:0A000410:SSL routines:ssl3_read_bytes:../deps/openssl/record/rec_layer_s3.c:1605:\n'
    expect(upstreamFailure(coded('ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', openssl))).to.deep.equal({
      code: 'WB_UPSTREAM_REFUSED',
      reason: 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
    })
    expect(upstreamFailure(new Error(openssl))).to.deep.equal({
      code: 'WB_UPSTREAM_RESET',
      reason: 'the connection failed',
    })
    const several = new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')])
    expect(upstreamFailure(several).reason).to.equal('connection refused')
  })
})
