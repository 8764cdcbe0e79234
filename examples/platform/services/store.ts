// The object store: the corner of S3's REST API that this platform needs (path-style buckets and keys, versions, ETags),
// near enough for S3 clients that do not sign. Keys are the raw path, decoded once. Objects lie in files.
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bodyOf, type Answer, type Call, type Handler } from './http-service.js'
import { keptState, type KeptState } from './kept-state.js'

interface Version {
  readonly id: string
  readonly etag: string
  readonly size: number
  readonly type: string
  readonly modified: string
  /** a delete marker: the key is gone from here on */
  readonly deleted: boolean
}

/** versions of each key, oldest first, by `bucket/key` */
type Index = Record<string, Version[]>

interface Place {
  readonly bucket: string
  readonly key: string
}

export function createStore(options: { readonly dir: string }): Handler {
  const files = join(options.dir, 'objects')
  mkdirSync(files, { recursive: true })
  const index = keptState<Index>(join(options.dir, 'index.json'), {})
  return (call) => {
    const place = placeOf(call.path)
    if (place === undefined) return problem(400, 'InvalidRequest', 'the path names no bucket')
    if (place.key === '') return onBucket(call, place, index.value)
    switch (call.method) {
      case 'PUT':
        return put(call, place, { files, index })
      case 'GET':
      case 'HEAD':
        return get(call, place, { files, index })
      case 'DELETE':
        return remove(place, index)
      default:
        return problem(405, 'MethodNotAllowed', `${call.method} is not known here`)
    }
  }
}

interface Shelf {
  readonly files: string
  readonly index: KeptState<Index>
}

async function put(call: Call, place: Place, shelf: Shelf): Promise<Answer> {
  const bytes = await bodyOf(call.request)
  const id = randomBytes(16).toString('hex')
  const etag = `"${createHash('md5').update(bytes).digest('hex')}"`
  const type = call.request.headers['content-type'] ?? 'application/octet-stream'
  writeFileSync(join(shelf.files, id), bytes)
  versionsOf(shelf.index.value, place).push({
    id,
    etag,
    size: bytes.length,
    type,
    modified: new Date().toUTCString(),
    deleted: false,
  })
  shelf.index.save()
  return { status: 200, headers: { etag, 'x-amz-version-id': id } }
}

function get(call: Call, place: Place, shelf: Shelf): Answer {
  const wanted = call.query.get('versionId')
  const versions = shelf.index.value[`${place.bucket}/${place.key}`] ?? []
  const version = wanted === null ? versions.at(-1) : versions.find((one) => one.id === wanted)
  if (version === undefined || version.deleted) return problem(404, 'NoSuchKey', 'there is no such key or version')
  const headers = {
    etag: version.etag,
    'x-amz-version-id': version.id,
    'content-type': version.type,
    'content-length': String(version.size),
    'last-modified': version.modified,
  }
  return { status: 200, headers, body: readFileSync(join(shelf.files, version.id)) }
}

function remove(place: Place, index: KeptState<Index>): Answer {
  const id = randomBytes(16).toString('hex')
  const modified = new Date().toUTCString()
  versionsOf(index.value, place).push({ id, etag: '', size: 0, type: '', modified, deleted: true })
  index.save()
  return { status: 204, headers: { 'x-amz-version-id': id, 'x-amz-delete-marker': 'true' } }
}

function onBucket(call: Call, place: Place, index: Index): Answer {
  if (call.method === 'PUT') return { status: 200, headers: { location: `/${place.bucket}` } }
  if (call.method !== 'GET') return problem(405, 'MethodNotAllowed', `${call.method} is not known here`)
  const start = `${place.bucket}/${call.query.get('prefix') ?? ''}`
  const found = Object.entries(index).flatMap(([name, versions]) => {
    const last = versions.at(-1)
    if (!name.startsWith(start) || last === undefined || last.deleted) return []
    const key = escapeXml(name.slice(place.bucket.length + 1))
    return [`<Contents><Key>${key}</Key><ETag>${escapeXml(last.etag)}</ETag><Size>${last.size}</Size></Contents>`]
  })
  const body = `<ListBucketResult><Name>${place.bucket}</Name>${found.sort().join('')}</ListBucketResult>`
  return { status: 200, headers: { 'content-type': 'application/xml' }, body }
}

function versionsOf(index: Index, place: Place): Version[] {
  return (index[`${place.bucket}/${place.key}`] ??= [])
}

function placeOf(path: string): Place | undefined {
  const slash = path.indexOf('/', 1)
  const bucket = slash < 0 ? path.slice(1) : path.slice(1, slash)
  if (bucket === '') return undefined
  return { bucket, key: slash < 0 ? '' : decodeURIComponent(path.slice(slash + 1)) }
}

function problem(status: number, code: string, message: string): Answer {
  const body = `<Error><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`
  return { status, headers: { 'content-type': 'application/xml' }, body }
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
