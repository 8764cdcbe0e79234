// Reads HAR 1.2 files as exchanges, so that gatherers can be tried on traffic from anywhere, and writes exchanges as HAR. Pure:
// reads and writes no files, and redacts nothing by itself: who shows or keeps an exchange passes it through redaction first.
import { createHash } from 'node:crypto'
import { fromIso, toIso } from '../../core/clock.js'
import { fieldOf, type ExchangeRecord, type RawFields, type ResponseHead } from '../../core/exchange.js'
import { identityClaimOf } from '../../core/identity.js'
import { parseExchangeId, type ExchangeId, type Micros } from '../../core/ids.js'
import { faultsText } from '../../core/issue-text.js'
import type { Tenant } from '../../core/tenant.js'
import { undoCodings } from '../bodies/coding.js'
import { decodeLimits } from '../bodies/decoded.js'
import { bodyDigests } from '../bodies/body-hash.js'
import { createBodyView } from '../body-view.js'
import type { BodyView, ObservedExchange } from '../contract.js'
import { passedWhole } from '../whole-body.js'
import { jsonFault } from './json-fault.js'
import { harFile, type HarContent, type HarEntry, type HarPostData } from './har-schema.js'

/** Where an exchange would have passed: HAR knows nothing of routes. */
export interface HarRoute {
  readonly route: string
  readonly service: string
  readonly serviceKind: string
  readonly tenant: Tenant
  readonly gatherers: readonly string[]
}

export interface HarBody {
  readonly bytes: Uint8Array
  readonly total: number
  readonly truncated: boolean
}

/** One entry: its record as it would have been written for that route, and its bodies. */
export interface HarExchange {
  readonly record: ExchangeRecord
  readonly request: HarBody
  readonly response: HarBody
}

export type ReadHar =
  { readonly ok: true; readonly entries: readonly HarEntry[] } | { readonly ok: false; readonly fault: string }

/** The entries of a HAR file; `fault` says what is wrong with it and where. */
export function readHar(text: string): ReadHar {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    const { line, column, message } = jsonFault(text) ?? { line: 1, column: 1, message: 'it can’t be read' }
    return { ok: false, fault: `not JSON: line ${line}, column ${column}: ${message}` }
  }
  const file = harFile.safeParse(json)
  if (file.success) return { ok: true, entries: file.data.log.entries }
  return { ok: false, fault: `not HAR 1.2: ${faultsText(file.error, json)}` }
}

/** Browsers also write down what never was a request: `data:` and `blob:` URLs, files of extensions. */
export function isRequest({ request }: HarEntry): boolean {
  return /^(?:https?|wss?):/i.test(request.url)
}

/** What an entry's route is found by; nothing is normalized. */
export interface HarRequest {
  readonly method: string
  readonly authority: string
  /** path with query */
  readonly target: string
  readonly fields: RawFields
}

export function requestOf({ request }: HarEntry): HarRequest {
  const [, authority = '', rest = ''] = /^[a-z]+:\/\/([^/?#]*)([^#]*)/i.exec(request.url) ?? []
  return {
    method: request.method,
    authority: authority.toLowerCase(),
    target: rest.startsWith('/') ? rest : `/${rest}`,
    fields: fieldsOf(request.headers),
  }
}

/** `index`: the entry's place in the file; with it an entry without a `Waybill-Exchange` field has the same id each time. */
export function exchangeOfHar(entry: HarEntry, index: number, route: HarRoute): HarExchange {
  const { method, authority, target, fields } = requestOf(entry)
  const startedAt = fromIso(entry.startedDateTime) ?? (0 as Micros)
  const endedAt = (startedAt + Math.max(0, Math.round((entry.time ?? 0) * 1000))) as Micros
  const requestFields = withType(fields, entry.request.postData?.mimeType)
  const request = requestBody(entry.request.postData, entry.request.bodySize)
  const response = responseBody(entry.response.content, entry.response.bodySize)
  const head: ResponseHead | null =
    entry.response.status === 0
      ? null
      : {
          status: entry.response.status,
          // HAR gives the content with its codings undone
          fields: withType(
            fieldsOf(entry.response.headers).filter(notContentEncoding),
            entry.response.content?.mimeType,
          ),
          bytes: response.total,
        }
  const record: ExchangeRecord = {
    kind: 'exchange',
    id: idOf(entry, index),
    phase: 'closing',
    ...{ route: route.route, service: route.service, serviceKind: route.serviceKind, tenant: route.tenant },
    ...{ mode: 'durable', peer: '', traceId: null, references: [], error: null },
    claim: identityClaimOf(requestFields, /\?.*/.exec(target)?.[0] ?? ''),
    request: { method, target, authority, fields: requestFields, bytes: request.total },
    response: head,
    startedAt,
    headAt: head === null ? null : endedAt,
    endedAt,
    outcome: head === null ? 'failed' : 'complete',
    gatherers: route.gatherers,
  }
  return { record, request, response }
}

function idOf(entry: HarEntry, index: number): ExchangeId {
  const given = entry.response.headers.find(({ name }) => name.toLowerCase() === 'waybill-exchange')?.value
  const known = parseExchangeId(given ?? '')
  if (known !== undefined) return known
  const { startedDateTime, request } = entry
  const seed = JSON.stringify([index, startedDateTime, request.method, request.url])
  return createHash('sha256').update(seed).digest('hex').slice(0, 32) as ExchangeId
}

/** HTTP/2 pseudo fields, which browsers write among the fields, are none. */
function fieldsOf(headers: HarEntry['request']['headers']): string[] {
  return headers.filter(({ name }) => !name.startsWith(':')).flatMap(({ name, value }) => [name, value])
}

function notContentEncoding(_: string, at: number, fields: readonly string[]): boolean {
  return fields[at - (at % 2)]?.toLowerCase() !== 'content-encoding'
}

function withType(fields: readonly string[], mimeType: string | undefined): RawFields {
  const missing = mimeType !== undefined && mimeType !== '' && fieldOf(fields, 'content-type') === undefined
  return missing ? [...fields, 'Content-Type', mimeType] : fields
}

function requestBody(data: HarPostData | undefined, size: number | undefined): HarBody {
  if (data === undefined) return absent(size)
  if (data.text === undefined && data.params !== undefined) {
    const form = new URLSearchParams(data.params.map(({ name, value = '' }) => [name, value] as [string, string]))
    return whole(Buffer.from(form.toString()))
  }
  return data.text === undefined ? absent(size) : whole(bytesOf(data.text, data.encoding ?? data._encoding))
}

function responseBody(content: HarContent | undefined, size: number | undefined): HarBody {
  return content?.text === undefined ? absent(content?.size ?? size) : whole(bytesOf(content.text, content.encoding))
}

function bytesOf(text: string, encoding: string | undefined): Buffer {
  return Buffer.from(text, encoding === 'base64' ? 'base64' : 'utf8')
}

function whole(bytes: Uint8Array): HarBody {
  return { bytes, total: bytes.length, truncated: false }
}

function absent(size = 0): HarBody {
  return { bytes: new Uint8Array(0), total: Math.max(0, size), truncated: size > 0 }
}

/** As gatherers see it. Digests are of the bodies as HAR has them, and left out where codings were undone. */
export function observedOf({ record, request, response }: HarExchange, entry: HarEntry): ObservedExchange {
  const coded = !entry.response.headers.every(({ name }) => name.toLowerCase() !== 'content-encoding')
  return {
    record,
    request: viewOf(request, record.request.fields, passedWhole(record, 'request')),
    response: viewOf(response, record.response?.fields ?? [], !coded && passedWhole(record, 'response')),
  }
}

function viewOf(body: HarBody, fields: RawFields, asPassed: boolean): BodyView {
  const whole = asPassed && !body.truncated
  return createBodyView({
    ...body,
    contentType: fieldOf(fields, 'content-type'),
    contentEncoding: fieldOf(fields, 'content-encoding'),
    digests: whole ? bodyDigests(['sha256', 'md5', 'aws-chunked-sha256'], body.bytes) : {},
  })
}

/** A HAR 1.2 log of the exchanges; bodies as far as they were captured. */
export function harOf(exchanges: readonly ObservedExchange[]): unknown {
  const creator = { name: 'waybill', version: '1' }
  return { log: { version: '1.2', creator, entries: exchanges.map(entryOf) } }
}

function entryOf({ record, request, response }: ObservedExchange): unknown {
  const { authority, target } = record.request
  const query = new URLSearchParams(target.includes('?') ? target.slice(target.indexOf('?')) : '')
  const total = (record.endedAt - record.startedAt) / 1000
  const wait = record.headAt === null ? total : (record.headAt - record.startedAt) / 1000
  return {
    startedDateTime: toIso(record.startedAt),
    time: total,
    request: {
      method: record.request.method,
      url: `http://${authority}${target}`,
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: pairsOf(record.request.fields),
      queryString: [...query].map(([name, value]) => ({ name, value })),
      ...(request.bytes.length === 0 || request.truncated
        ? {}
        : { postData: postDataOf(record.request.fields, request.bytes) }),
      headersSize: -1,
      bodySize: request.total,
    },
    response: {
      status: record.response?.status ?? 0,
      statusText: '',
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: pairsOf(record.response?.fields ?? []),
      content: contentOf(record.response?.fields ?? [], response),
      redirectURL: fieldOf(record.response?.fields ?? [], 'location') ?? '',
      headersSize: -1,
      bodySize: response.total,
    },
    cache: {},
    timings: { send: 0, wait, receive: total - wait },
    _waybill: { exchange: record.id, route: record.route, service: record.service },
  }
}

function pairsOf(fields: RawFields): { name: string; value: string }[] {
  const pairs: { name: string; value: string }[] = []
  for (let at = 0; at + 1 < fields.length; at += 2) pairs.push({ name: fields[at] ?? '', value: fields[at + 1] ?? '' })
  return pairs
}

function postDataOf(fields: RawFields, bytes: Uint8Array): unknown {
  const { text, encoding } = textOrBase64(bytes)
  return {
    mimeType: fieldOf(fields, 'content-type') ?? '',
    text,
    ...(encoding === undefined ? {} : { _encoding: encoding }),
  }
}

/** A body that was not captured whole, or whose codings can't be undone, has no text: half a body would be read as one. */
function contentOf(fields: RawFields, view: ObservedExchange['response']): unknown {
  const mimeType = fieldOf(fields, 'content-type') ?? ''
  const plain = undoCodings(view.bytes, fieldOf(fields, 'content-encoding'), decodeLimits)
  if (view.truncated || !plain.ok) return { size: view.total, mimeType, comment: 'not captured whole' }
  return { size: plain.value.length, mimeType, ...textOrBase64(plain.value) }
}

function textOrBase64(bytes: Uint8Array): { text: string; encoding?: 'base64' } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = buffer.toString('utf8')
  return Buffer.from(text).equals(buffer) ? { text } : { text: buffer.toString('base64'), encoding: 'base64' }
}
