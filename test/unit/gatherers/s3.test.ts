// The s3 gatherer on recorded traffic of boto3 with moto_server.
import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { digestsOf } from '../../../core/body-needs.js'
import type { ExchangeRecord } from '../../../core/exchange.js'
import type { Micros } from '../../../core/ids.js'
import type { EntityRef, Fact } from '../../../lineage/model/fact.js'
import { entityId } from '../../../lineage/model/node-id.js'
import { gatherNamed, observed, recordedTraffic, start } from './recorded-traffic.js'
import { gathererWith, only, sha256 } from './s3-gathering.js'

const traffic = recordedTraffic('s3/boto3.json')
const gatherer = gathererWith({})
const made = (name: string) => gatherNamed(gatherer, traffic, name)

const kinds = (facts: readonly Fact[]) => facts.map((fact) => fact.kind)
const md5 = (text: string) => createHash('md5').update(text).digest('hex')
const object = (id: EntityRef) => entityId(id)

describe('gatherers/s3: one object', () => {
  it('names a PUT by its ETag, with the SHA-256 of what passed, and says who sent it', () => {
    const { facts, gaps } = made('put')
    const { entity, activity } = only(facts, 'generated')
    expect(gaps).to.deep.equal([])
    expect(entity).to.deep.equal({
      type: 'object',
      name: 's3://lake/train.csv',
      version: md5('a,b\n1,2\n'),
      digest: sha256('a,b\n1,2\n'),
    })
    expect(activity.type).to.equal('service-call')
    expect(only(facts, 'attributed-to').agent).to.deep.equal({ type: 'agent', id: 'sigv4:AKIAEXAMPLE' })
    expect(only(facts, 'described').value).to.deep.equal({ etag: entity.version, size: 8 })
  })

  it('makes a GET, and a GET of a range, use the version that was answered', () => {
    const version = object(only(made('put').facts, 'generated').entity)
    expect(object(only(made('get').facts, 'used').entity)).to.equal(version)
    const range = made('get-range').facts
    expect(object(only(range, 'used').entity)).to.equal(version)
    expect(range.filter((fact) => fact.kind === 'described').map((fact) => fact.value)).to.deep.equal([
      { range: 'bytes 0-2/8' },
      { etag: md5('a,b\n1,2\n'), size: 8, contentType: 'binary/octet-stream' },
    ])
  })

  it('makes a HEAD describe the version and use nothing', () => {
    expect(kinds(made('head').facts)).to.deep.equal(['described'])
  })

  it('takes the version id as version where there is one', () => {
    const first = only(made('put-v1').facts, 'generated').entity
    expect(first.version).to.match(/^[0-9a-f-]{36}$/)
    expect(first.digest).to.equal(sha256('one'))
    expect(only(made('get-v1').facts, 'used').entity).to.deep.equal(first)
    const second = only(made('put-v2').facts, 'generated').entity
    expect(only(made('get-v2').facts, 'used').entity.version).to.equal(second.version)
    const again = only(made('get-304').facts, 'used')
    expect([again.entity.version, again.role]).to.deep.equal([second.version, 'not-modified'])
  })

  it('derives a copy from the version that was named', () => {
    const { facts } = made('copy-versioned')
    const copy = only(facts, 'derived')
    expect(copy.entity.name).to.equal('s3://lake/copy é.csv')
    expect(copy.entity.digest).to.equal(sha256('one'))
    expect(copy.source).to.deep.equal({
      type: 'object',
      name: 's3://ver/k',
      version: only(made('put-v1').facts, 'generated').entity.version,
    })
    expect(copy.by).to.equal('observed')
    expect(only(facts, 'used').entity).to.deep.equal(copy.source)
  })

  it('derives a copy without a named version from the one current when the request came', () => {
    const copy = only(made('copy-unversioned').facts, 'derived')
    expect(copy.source).to.deep.equal({ type: 'object', name: 's3://lake/copy é.csv' })
    expect(copy.by).to.equal('name-at-time')
  })

  it('means the version current when the request came wherever none was named', () => {
    const query = {
      ...traffic.find((one) => one.name === 'get')!,
      method: 'POST',
      target: '/lake/k?select',
      answerFields: [],
    }
    const part = traffic.find((one) => one.name === 'part-copy')!
    const copy = traffic.find((one) => one.name === 'copy-unversioned')!
    for (const one of [query, part, copy]) {
      const exchange = observed(one, 1, { headAt: (start + 600_000_000) as Micros })
      const { by, time } = only(gatherer.gather(exchange).facts, 'used')
      expect([by, time], one.name).to.deep.equal(['name-at-time', exchange.record.startedAt])
    }
  })

  it('keeps a delete marker apart from a destroyed version', () => {
    const marker = only(made('delete-marker').facts, 'generated')
    expect(marker.role).to.equal('delete-marker')
    const undone = only(made('delete-the-marker').facts, 'invalidated')
    expect(object(undone.entity)).to.equal(object(marker.entity))
    const destroyed = only(made('delete-v1').facts, 'invalidated')
    expect(destroyed.entity.version).to.equal(only(made('put-v1').facts, 'generated').entity.version)
    const current = only(made('delete-plain').facts, 'invalidated')
    expect([object(current.entity), current.by]).to.deep.equal(['object:s3://lake/copy2', 'name-at-time'])
  })

  it('keeps keys that normalization would join apart', () => {
    const keys = ['a//b', 'a%2Fb', 'é', 'a/../b', 'a b+c']
    const names = keys.map((key) => only(made(`put-${key}`).facts, 'generated').entity.name)
    expect(names).to.deep.equal(keys.map((key) => `s3://lake/${key}`))
    for (const key of keys) {
      expect(only(made(`get-${key}`).facts, 'used').entity.name).to.equal(`s3://lake/${key}`)
    }
  })

  it('takes no ETag for a digest under SSE-KMS, and none where nothing was hashed', () => {
    const quiet = gathererWith({ digest: false })
    expect(digestsOf(quiet.needs.request)).to.deep.equal([])
    const kms = traffic.find((one) => one.name === 'put-kms')!
    const unsigned = { ...kms, fields: kms.fields.filter((_, at, all) => !/sha256/i.test(all[at - (at % 2)]!)) }
    const exchange = observed(unsigned, 1)
    const blind = { ...exchange, request: { ...exchange.request, digest: () => undefined } }
    const { facts, gaps } = quiet.gather(blind)
    expect(only(facts, 'generated').entity).to.not.have.property('digest')
    expect(gaps.map((gap) => gap.reason)).to.deep.equal(['digest-skipped'])
  })

  it('says nothing for listings, tags, buckets and what was not found', () => {
    for (const name of ['list', 'tagging', 'create-bucket', 'versioning', 'get-missing']) {
      expect(made(name), name).to.deep.include({ facts: [], gaps: [] })
    }
  })
})

describe('gatherers/s3: several requests, one effect', () => {
  it('makes one entity of a multipart upload, when it completes', () => {
    for (const name of ['upload-create', 'part-1', 'part-2']) {
      expect(kinds(made(name).facts), name).to.deep.equal(['attributed-to', 'state'])
    }
    const { facts } = made('upload-complete')
    const { entity } = only(facts, 'generated')
    const parts = ['x'.repeat(5 * 1024 * 1024), 'tail'].map((part) => createHash('md5').update(part).digest())
    const composite = `${createHash('md5').update(Buffer.concat(parts)).digest('hex')}-2`
    expect(entity).to.deep.equal({
      type: 'object',
      name: 's3://lake/big',
      version: composite,
      digest: `md5-parts:${composite}`,
    })
    expect(only(facts, 'informed-by').informant).to.deep.equal(only(made('part-1').facts, 'state').activity)
    expect(only(facts, 'state').phase).to.equal('COMPLETE')
  })

  it('lets a copied part say where it is from, and an abort end the upload', () => {
    expect(only(made('part-copy').facts, 'used').entity.name).to.equal('s3://lake/big')
    expect(only(made('upload-abort').facts, 'state').phase).to.equal('ABORT')
    expect(kinds(made('upload-abort').facts)).to.not.include('generated')
  })

  it('reads a batch delete, quiet or not', () => {
    const names = made('delete-batch').facts.flatMap((fact) =>
      fact.kind === 'invalidated' ? [object(fact.entity)] : [],
    )
    expect(names).to.deep.equal(['object:s3://lake/a//b', 'object:s3://lake/é', 'object:s3://lake/missing'])
    const quiet = made('delete-batch-quiet').facts
    expect(only(quiet, 'generated').role).to.equal('delete-marker')
    expect(only(quiet, 'invalidated').entity.version).to.equal(only(made('put-v2').facts, 'generated').entity.version)
  })

  it('names an upload whose outcome nobody saw as a gap', () => {
    const put = traffic.find((one) => one.name === 'put')!
    const lost: Partial<ExchangeRecord> = { response: null, outcome: 'failed', error: 'WB_UPSTREAM_RESET' }
    expect(gatherer.gather(observed(put, 1, lost)).gaps).to.deep.equal([
      { reason: 'version-unknown', about: 'object:s3://lake/train.csv' },
    ])
    const cut = { ...lost, error: 'WB_DRAINING' }
    expect(gatherer.gather(observed(put, 1, cut)).gaps).to.have.length(1)
    for (const refused of [{ error: 'WB_UPSTREAM_REFUSED' }, { error: 'WB_DRAINING', outcome: 'refused' as const }]) {
      expect(gatherer.gather(observed(put, 1, { ...lost, ...refused })).gaps).to.deep.equal([])
    }
  })

  it('gathers presigned requests', () => {
    expect(only(made('presigned-get').facts, 'used').entity.version).to.equal(md5('a,b\n1,2\n'))
    expect(only(made('presigned-put').facts, 'generated').entity.digest).to.equal(sha256('pre'))
  })
})
