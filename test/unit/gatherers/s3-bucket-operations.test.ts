// The s3 gatherer on what is asked of a bucket and changes objects: forms of browsers, and batch deletes.
import { expect } from 'chai'
import { entityId } from '../../../lineage/model/node-id.js'
import { observed, type RecordedTraffic } from './recorded-traffic.js'
import { gathererWith, sha256 } from './s3-gathering.js'

const gatherer = gathererWith({})
const etag = '0'.repeat(32)

type Form = Readonly<Record<string, string>>

const file = (content: string, filename = 'two.csv') =>
  `Content-Disposition: form-data; name="file"; filename="${filename}"\r\nContent-Type: text/csv\r\n\r\n${content}`

function posted(form: Form, filePart: string, changes: Partial<RecordedTraffic> = {}): RecordedTraffic {
  const fields = Object.entries(form).map(
    ([name, value]) => `Content-Disposition: form-data; name="${name}"\r\n\r\n${value}`,
  )
  const body = [...fields, filePart].map((part) => `--b\r\n${part}\r\n`).join('') + '--b--\r\n'
  return {
    name: 'form',
    method: 'POST',
    target: '/lake',
    fields: ['Host', 's3.local', 'Content-Type', 'multipart/form-data; boundary=b'],
    bytes: body.length,
    body,
    status: 204,
    answerFields: ['ETag', `"${etag}"`, 'Location', 'http://s3.local/lake/forms%2Ftwo.csv'],
    answer: '',
    ...changes,
  }
}

const form: Form = { key: 'forms/two.csv', 'Content-Type': 'text/csv' }

function made(traffic: RecordedTraffic) {
  const { facts, gaps } = gatherer.gather(observed(traffic, 1))
  const generated = facts.flatMap((fact) => (fact.kind === 'generated' ? [fact.entity] : []))
  const described = facts.flatMap((fact) => (fact.kind === 'described' ? [[fact.facet, fact.value]] : []))
  const invalidated = facts.flatMap((fact) => (fact.kind === 'invalidated' ? [entityId(fact.entity)] : []))
  return { generated, described, invalidated, gaps: gaps.map(({ reason, about }) => `${reason} ${about}`) }
}

describe('gatherers/s3: a form', () => {
  const object = { type: 'object', name: 's3://lake/forms/two.csv' }

  it('gives the object the SHA-256, the size and the type of the file it carried', () => {
    expect(made(posted(form, file('a,b\n')))).to.deep.equal({
      generated: [{ ...object, version: etag, digest: sha256('a,b\n') }],
      described: [['object', { etag, size: 4, contentType: 'text/csv' }]],
      invalidated: [],
      gaps: [],
    })
  })

  it('knows the object by its digest where the answer names no version', () => {
    const { generated, described, gaps } = made(posted(form, file('a,b\n'), { answerFields: [] }))
    expect(generated).to.deep.equal([{ ...object, digest: sha256('a,b\n') }])
    expect(described).to.deep.equal([['object', { size: 4, contentType: 'text/csv' }]])
    expect(gaps).to.deep.equal([])
  })

  it('puts the file’s own name for ${filename}, as the service does', () => {
    const named = { ...form, key: 'forms/${filename}' }
    for (const name of ['two.csv', 'C:/up/two.csv']) {
      const { generated } = made(posted(named, file('x', name), { answerFields: ['ETag', `"${etag}"`] }))
      expect(
        generated.map((one) => one.name),
        name,
      ).to.deep.equal([object.name])
    }
  })

  it('reads a document, and the address that a browser is sent to', () => {
    const answer = `<PostResponse><Bucket>lake</Bucket><Key>forms/two.csv</Key><ETag>"${etag}"</ETag></PostResponse>`
    const document = posted({}, file('x'), { status: 201, answer, answerFields: ['Content-Type', 'application/xml'] })
    const location = `http://shop.example/done?bucket=lake&key=forms%2Ftwo.csv&etag=%22${etag}%22`
    const redirect = posted(form, file('x'), { status: 303, answerFields: ['Location', location] })
    for (const one of [document, redirect]) {
      expect(made(one).generated, `${one.status}`).to.deep.equal([{ ...object, version: etag, digest: sha256('x') }])
    }
    // to the region that has the bucket: nothing was done
    expect(made(posted(form, file('x'), { status: 307 })).generated).to.deep.equal([])
  })

  it('says what the answer says where the form was too long to be captured', () => {
    const { generated, described } = made(posted(form, file('x'), { body: '', bytes: 10_000_000 }))
    expect(generated).to.deep.equal([{ ...object, version: etag, digest: `md5:${etag}` }])
    expect(described).to.deep.equal([['object', { etag }]])
  })

  it('takes no digest from a file that was blanked', () => {
    expect(made(posted(form, file('[redacted]'))).generated).to.deep.equal([
      { ...object, version: etag, digest: `md5:${etag}` },
    ])
  })
})

describe('gatherers/s3: deletes', () => {
  const version = '315d9ec4-63de-4f60-847e-b136baa6cc97'
  const batch = (objects: string, answer: string): RecordedTraffic => {
    const body = `<Delete>${objects}<Quiet>true</Quiet></Delete>`
    const request = { method: 'POST', target: '/ver?delete', fields: ['Host', 's3.local'], body, bytes: body.length }
    return { name: 'batch', status: 200, answerFields: [], answer, ...request }
  }

  it('claims of a quiet answer only what the request named by version', () => {
    const objects = `<Object><Key>m</Key></Object><Object><Key>k</Key><VersionId>${version}</VersionId></Object>`
    const { invalidated, generated, described, gaps } = made(batch(objects, '<DeleteResult/>'))
    expect(invalidated).to.deep.equal([`object:s3://ver/k@${version}`])
    expect(generated).to.deep.equal([])
    expect(gaps).to.deep.equal(['version-unknown object:s3://ver/m'])
    // so that the gap is the call's, and not one of all that passed on its route
    expect(described).to.deep.equal([['s3', { operation: 'delete' }]])
  })

  it('claims nothing of what a quiet answer lists as failed', () => {
    const objects = `<Object><Key>m</Key></Object><Object><Key>k</Key><VersionId>${version}</VersionId></Object>`
    const failed = `<Error><Key>k</Key><VersionId>${version}</VersionId><Code>AccessDenied</Code></Error>`
    const { invalidated, gaps } = made(batch(objects, `<DeleteResult>${failed}</DeleteResult>`))
    expect([invalidated, gaps]).to.deep.equal([[], ['version-unknown object:s3://ver/m']])
  })

  it('does not guess which version was called null', () => {
    const named = { name: 'delete', method: 'DELETE', bytes: 0, status: 204, answer: '', fields: ['Host', 's3.local'] }
    const asked = made({ ...named, target: '/ver/k?versionId=null', answerFields: ['x-amz-version-id', 'null'] })
    const suspended = ['x-amz-delete-marker', 'true', 'x-amz-version-id', 'null']
    const marked = made({ ...named, target: '/ver/k', answerFields: suspended })
    for (const { invalidated, generated, gaps } of [asked, marked]) {
      expect([invalidated, generated, gaps]).to.deep.equal([[], [], ['version-unknown object:s3://ver/k']])
    }
  })
})
