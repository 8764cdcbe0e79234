// The s3 gatherer on requests that boto3 does not make: other addressing, other framing, answers of other stores.
import { expect } from 'chai'
import { needsOf } from '../../../core/body-needs.js'
import type { EntityRef } from '../../../lineage/model/fact.js'
import { entityId } from '../../../lineage/model/node-id.js'
import { observed, type RecordedTraffic } from './recorded-traffic.js'
import { gathererWith, only, sha256 } from './s3-gathering.js'

const gatherer = gathererWith({})

const object = (id: EntityRef) => entityId(id)

describe('gatherers/s3: requests that boto3 does not make', () => {
  const put = (changes: Partial<RecordedTraffic>): RecordedTraffic => ({
    name: 'made',
    method: 'PUT',
    target: '/lake/k',
    fields: ['Host', 's3.local:8080'],
    bytes: changes.body?.length ?? 0,
    status: 200,
    answerFields: ['ETag', `"${'0'.repeat(32)}"`],
    answer: '',
    ...changes,
  })

  it('reads virtual-host style under configured hosts', () => {
    const virtual = gathererWith({ hosts: ['s3.local'] })
    for (const host of ['lake.s3.local:8080', 'lake.s3.eu-west-1.amazonaws.com', 'LAKE.s3.amazonaws.com']) {
      const { facts } = virtual.gather(observed(put({ target: '/a//b', fields: ['Host', host], body: 'x' }), 1))
      expect(only(facts, 'generated').entity.name, host).to.equal('s3://lake/a//b')
    }
  })

  it('takes the longest base host, and a base host itself for path-style', () => {
    const nested = gathererWith({ hosts: ['local', 's3.local'] })
    for (const [host, target] of [
      ['lake.s3.local', '/k'],
      ['lake.local', '/k'],
      ['s3.local:9000', '/lake/k'],
      ['local', '/lake/k'],
    ] as const) {
      const { facts } = nested.gather(observed(put({ target, fields: ['Host', host], body: 'x' }), 1))
      expect(only(facts, 'generated').entity.name, host).to.equal('s3://lake/k')
    }
  })

  it('knows Amazon’s directory buckets and private endpoints, and names that end with their dot', () => {
    const zone = 'lake--use1-az4--x-s3'
    const express = 's3express-use1-az4.us-east-1.amazonaws.com'
    const endpoint = 'vpce-0a1b-2c3d.s3.us-east-1.vpce.amazonaws.com'
    const cases: readonly (readonly [string, string, string])[] = [
      [`${zone}.${express}`, '/k', `${zone}/k`],
      [`lake.x--use1-az4--x-s3.${express}`, '/k', 'lake.x--use1-az4--x-s3/k'],
      [`${zone}.s3express-fips-use1-az4.dualstack.us-east-1.amazonaws.com`, '/a/b', `${zone}/a/b`],
      ['s3express-control.us-east-1.amazonaws.com', `/${zone}/k`, `${zone}/k`],
      [`lake.bucket.${endpoint}`, '/k', 'lake/k'],
      [`my.lake.bucket.${endpoint}:443`, '/a/b', 'my.lake/a/b'],
      [`bucket.${endpoint}`, '/lake/k', 'lake/k'],
      ['lake.bucket.vpce-0a1b.s3.cn-north-1.vpce.amazonaws.com.cn', '/k', 'lake/k'],
      [`accesspoint.${endpoint}`, '/k', 'accesspoint.vpce-0a1b-2c3d/k'],
      ['bucket.lake.s3.amazonaws.com.', '/k', 'bucket.lake/k'],
      ['lake.s3.local.:8080', '/k', 'lake/k'],
      ['s3.local.', '/lake/k', 'lake/k'],
    ]
    const local = gathererWith({ hosts: ['s3.local'] })
    for (const [host, target, object] of cases) {
      const { facts } = local.gather(observed(put({ target, fields: ['Host', host], body: 'x' }), 1))
      expect(only(facts, 'generated').entity.name, host).to.equal(`s3://${object}`)
    }
  })

  it('goes by configured hosts before it goes by Amazon’s, and by the service’s own name after them', () => {
    const nameOf = (hosts: readonly string[], url: string, [host, target]: readonly [string, string]) => {
      const gatherer = gathererWith({ hosts }, { service: { name: 'store', kind: 's3', url } })
      const { facts } = gatherer.gather(observed(put({ target, fields: ['Host', host], body: 'x' }), 1))
      return only(facts, 'generated').entity.name
    }
    const gate = 'gate.s3.amazonaws.com'
    expect(nameOf(['Gate.s3.amazonaws.com.:443'], 'http://10.0.0.1', [gate, '/lake/k'])).to.equal('s3://lake/k')
    expect(nameOf([gate], 'http://10.0.0.1', [`lake.${gate}`, '/k'])).to.equal('s3://lake/k')
    expect(nameOf([], 'http://10.0.0.1', [gate, '/k'])).to.equal('s3://gate/k')
    expect(nameOf([], `https://${gate}`, [gate, '/k'])).to.equal('s3://gate/k')
    expect(nameOf([], 'http://store.local.:9000', ['lake.store.local', '/k'])).to.equal('s3://lake/k')
  })

  it('undoes aws-chunked: length and digest of the object itself', () => {
    const body =
      '5;chunk-signature=00\r\nhello\r\n1;chunk-signature=00\r\n!\r\n0;chunk-signature=00\r\nx-amz-checksum-crc32:AAAA\r\n\r\n'
    const fields = [
      ...['Host', 's3.local', 'Content-Encoding', 'aws-chunked', 'X-Amz-Decoded-Content-Length', '6'],
      ...['x-amz-content-sha256', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER'],
    ]
    const { facts } = gatherer.gather(observed(put({ body, fields }), 1))
    expect(only(facts, 'generated').entity.digest).to.equal(sha256('hello!'))
    expect(only(facts, 'described').value).to.include({ size: 6 })
    const cut = gatherer.gather(observed(put({ bytes: 10_000_000, fields }), 1)).facts
    expect(only(cut, 'generated').entity.digest).to.equal(`md5:${'0'.repeat(32)}`)
    expect(only(cut, 'described').value).to.include({ size: 6 })
  })

  it('does not take a source called null for the current version', () => {
    const fields = ['Host', 's3.local', 'x-amz-copy-source', '/lake/from?versionId=null']
    for (const [target, result] of [
      ['/lake/k', '<CopyObjectResult><ETag>"e"</ETag></CopyObjectResult>'],
      ['/lake/k?partNumber=1&uploadId=u', '<CopyPartResult><ETag>"e"</ETag></CopyPartResult>'],
    ] as const) {
      const { facts, gaps } = gatherer.gather(observed(put({ target, fields, answer: result, bytes: 0 }), 1))
      expect(facts.filter(({ kind }) => kind === 'used' || kind === 'derived')).to.deep.equal([])
      expect(gaps.map(({ reason }) => reason)).to.deep.equal(['version-unknown'])
    }
  })

  it('believes an Error document in an answer of 200', () => {
    const answer = '<?xml version="1.0"?>\n<Error><Code>InternalError</Code></Error>'
    for (const target of ['/lake/k?uploadId=u', '/lake/k']) {
      const method = target.includes('?') ? 'POST' : 'PUT'
      const fields = ['Host', 's3.local', 'x-amz-copy-source', '/lake/from']
      const result = gatherer.gather(observed(put({ method, target, fields, answer, bytes: 0 }), 1))
      expect(result.facts, target).to.deep.equal([])
    }
  })

  it('reads entities of XML’s own only, and refuses a document type', () => {
    const body = '<Delete><Object><Key>any</Key></Object></Delete>'
    const request = { method: 'POST', target: '/lake?delete', bytes: body.length, body }
    const listed = '<DeleteResult><Deleted><Key> a&amp;b&#x2F;&#99; </Key></Deleted></DeleteResult>'
    const fine = gatherer.gather(observed(put({ ...request, answer: listed }), 1))
    expect(object(only(fine.facts, 'invalidated').entity)).to.equal('object:s3://lake/ a&b/c ')
    const typed = '<!DOCTYPE d [<!ENTITY k "secret">]><DeleteResult><Deleted><Key>&k;</Key></Deleted></DeleteResult>'
    const refused = gatherer.gather(observed(put({ ...request, answer: typed }), 1))
    expect([refused.facts, refused.gaps.map((gap) => gap.reason)]).to.deep.equal([[], ['version-unknown']])
  })

  it('takes the checksum of parts for no digest of the object, whether the answer says so or not', () => {
    const sum = `${'A'.repeat(43)}=`
    const hex = '0'.repeat(64)
    const read = (etag: string, ...more: string[]) => {
      const answerFields = ['ETag', `"${etag}"`, 'x-amz-checksum-sha256', ...more]
      const { facts } = gatherer.gather(observed(put({ method: 'GET', answerFields }), 1))
      return only(facts, 'used').entity.digest
    }
    const [whole, parts] = ['0'.repeat(32), `${'0'.repeat(32)}-3`]
    expect(read(whole, sum)).to.equal(`sha256:${hex}`)
    expect(read(parts, sum)).to.equal(undefined)
    expect(read(parts, `${sum}-3`)).to.equal(`sha256-parts:${hex}-3`)
    expect(read(parts, sum, 'x-amz-checksum-type', 'COMPOSITE')).to.equal(undefined)
    expect(read(parts, sum, 'x-amz-checksum-type', 'FULL_OBJECT')).to.equal(`sha256:${hex}`)
  })

  it('strips the prefix that the route strips', () => {
    const under = gathererWith({}, { stripPrefix: '/s3' })
    const { facts } = under.gather(observed(put({ target: '/s3/lake/a%2Fb', body: 'x' }), 1))
    expect(only(facts, 'generated').entity.name).to.equal('s3://lake/a%2Fb'.replace('%2F', '/'))
  })

  it('asks for documents and forms, and of an object’s content for a digest only', () => {
    const needed = (method: string, target: string, type = 'application/octet-stream') => {
      const head = { method, target, fields: ['Content-Type', type] }
      const [request, response] = [needsOf(gatherer.needs.request, head), needsOf(gatherer.needs.response, head)]
      return [request.bytes, request.digests.length, response.bytes, response.digests.length]
    }
    const documents = 256 * 1024
    expect(needed('PUT', '/lake/k')).to.deep.equal([0, 2, documents, 0])
    expect(needed('PUT', '/lake/k?partNumber=1&uploadId=u')).to.deep.equal([0, 0, documents, 0])
    for (const method of ['GET', 'HEAD', 'DELETE']) {
      expect(needed(method, '/lake/k', 'application/xml'), method).to.deep.equal([0, 0, 0, 0])
    }
    expect(needed('POST', '/lake?delete')).to.deep.equal([documents, 0, documents, 0])
    expect(needed('POST', '/lake', 'multipart/form-data; boundary=b')).to.deep.equal([documents, 0, documents, 0])
    expect(needed('POST', '/lake/k?uploadId=u')).to.deep.equal([0, 0, documents, 0])
    expect(needed('POST', '/lake/k?select&select-type=2')).to.deep.equal([0, 0, 0, 0])
  })
})
