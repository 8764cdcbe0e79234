// Which version and which digest an object has, from what client and service say and what was seen to pass.
// Never takes an ETag for a digest where encryption or parts make it something else, and never hashes captured bytes:
// redaction could have changed them, and aws-chunked has frames around the object's.
import { createHash } from 'node:crypto'
import { fieldOf, type RawFields } from '../../core/exchange.js'
import type { ObservedExchange } from '../contract.js'

/** ETag without quotes and weakness mark. */
export function etagOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const bare = text.replace(/^W\//, '').replaceAll('"', '')
  return bare === '' ? undefined : bare
}

/**
 * The external version: the version id, else the ETag. `null` is the id of an unversioned object's only version, which
 * the next PUT overwrites: it names no content, so the ETag stands in.
 */
export function versionOf(versionId: string | undefined, etag: string | undefined): string | undefined {
  return versionId === undefined || versionId === 'null' || versionId === '' ? etag : versionId
}

/**
 * `md5:<hex>` for a single PUT; `md5-parts:<hex>-<parts>` (MD5 of the parts' MD5s) for a multipart upload; undefined where the
 * ETag is neither (SSE-KMS and SSE-C: `fields` of the response say so).
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
 */
export function etagDigest(etag: string | undefined, fields: RawFields): string | undefined {
  const encryption = fieldOf(fields, 'x-amz-server-side-encryption') ?? ''
  const customer = fieldOf(fields, 'x-amz-server-side-encryption-customer-algorithm')
  if (etag === undefined || encryption.startsWith('aws:') || customer !== undefined) return undefined
  if (/^[0-9a-f]{32}$/.test(etag)) return `md5:${etag}`
  return /^[0-9a-f]{32}-\d{1,5}$/.test(etag) ? `md5-parts:${etag}` : undefined
}

/** `sha256:<hex>`, or `sha256-parts:<hex>-<parts>` for a composite, from an `x-amz-checksum-sha256` in base64. */
export function checksumDigest(checksum: string | undefined, composite: boolean): string | undefined {
  const match = /^([A-Za-z0-9+/]{43}=)(?:-(\d{1,5}))?$/.exec(checksum ?? '')
  if (match === null) return undefined
  const hex = Buffer.from(match[1] ?? '', 'base64').toString('hex')
  if (match[2] !== undefined) return `sha256-parts:${hex}-${match[2]}`
  return composite ? undefined : `sha256:${hex}`
}

/**
 * Whether a checksum is one of the parts' checksums. Where the service does not say (moto's HEAD), the ETag tells an object that
 * was uploaded in parts.
 */
export function isComposite(type: string | undefined, etag: string | undefined): boolean {
  return type === undefined ? /-\d{1,5}$/.test(etag ?? '') : type === 'COMPOSITE'
}

export interface PutContent {
  /** bytes of the object, without frames */
  readonly size: number | undefined
  readonly digest: string | undefined
  /** whether a digest of the whole body was wanted and could not be had */
  readonly skipped: boolean
}

/**
 * The content of a single PUT. What passed is believed before what was declared, and a SHA-256 before an MD5.
 */
export function putContent(exchange: ObservedExchange, etag: string | undefined): PutContent {
  const { fields } = exchange.record.request
  const answer = exchange.record.response?.fields ?? []
  const declared = fieldOf(fields, 'x-amz-content-sha256') ?? ''
  const chunked =
    declared.startsWith('STREAMING-') || /\baws-chunked\b/i.test(fieldOf(fields, 'content-encoding') ?? '')
  const digest =
    (chunked ? exchange.request.digest('aws-chunked-sha256') : plainDigest(exchange)) ??
    (/^[0-9a-f]{64}$/.test(declared) ? `sha256:${declared}` : undefined) ??
    checksumDigest(fieldOf(fields, 'x-amz-checksum-sha256'), false) ??
    checksumDigest(fieldOf(answer, 'x-amz-checksum-sha256'), false) ??
    etagDigest(etag, answer)
  const size = chunked ? statedLength(fields) : exchange.record.request.bytes
  return { size, digest, skipped: digest === undefined }
}

function plainDigest({ request }: ObservedExchange): string | undefined {
  return request.digest('sha256') ?? (request.total === 0 ? sha256(new Uint8Array()) : undefined)
}

/** Length of the object that aws-chunked frames surround. */
function statedLength(fields: RawFields): number | undefined {
  const text = fieldOf(fields, 'x-amz-decoded-content-length') ?? ''
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
