// Verifies AWS Signature Version 4 as S3 does, from the request as it was received: a changed Host, path, query, signed
// field or payload does not verify. https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
import { createHash, createHmac } from 'node:crypto'
import { fieldOf, type RawFields } from '../../../core/exchange.js'
import { dechunked, trailerHolds } from './aws-chunked.js'

export interface ReceivedRequest {
  readonly method: string
  /** raw request target */
  readonly target: string
  readonly fields: RawFields
  readonly body: Buffer
}

export const accessKey = 'AKIAIOSFODNN7EXAMPLE'
export const secretKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'

interface Signed {
  /** `<key>/<date>/<region>/s3/aws4_request` */
  readonly credential: string
  readonly names: readonly string[]
  readonly signature: string
  readonly time: string
  readonly payload: string
  /** query as it is signed, sorted */
  readonly query: readonly string[]
}

/** Undefined where the request verifies, else what is wrong with it. */
export function verifySignature(request: ReceivedRequest): string | undefined {
  if (/^multipart\/form-data/.test(fieldOf(request.fields, 'content-type') ?? '')) return verifyForm(request)
  const signed = signedParts(request)
  if (typeof signed === 'string') return signed
  const [key, ...scope] = signed.credential.split('/')
  if (key !== accessKey) return `unknown access key ${key}`
  const path = request.target.split('?', 1)[0] ?? ''
  const fields = signed.names.map((name) => `${name}:${valuesOf(request.fields, name)}\n`).join('')
  const canonical = [request.method, path, signed.query.join('&'), fields, signed.names.join(';'), signed.payload]
  const toSign = ['AWS4-HMAC-SHA256', signed.time, scope.join('/'), hash(canonical.join('\n'))].join('\n')
  if (signatureOf(scope, toSign) !== signed.signature) return `signature of ${request.method} ${path}`
  return payloadHolds(signed.payload, request.body) ? undefined : `payload of ${path}`
}

function payloadHolds(payload: string, body: Buffer): boolean {
  if (payload === 'UNSIGNED-PAYLOAD') return true
  // what is not signed is vouched for by the checksum that follows it
  return payload === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' ? trailerHolds(dechunked(body)) : payload === hash(body)
}

/** A form carries the policy that was signed. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-UsingHTTPPOST.html */
function verifyForm({ body, target }: ReceivedRequest): string | undefined {
  const text = body.toString('latin1')
  const value = (name: string) => new RegExp(`name="${name}"\r\n\r\n([^\r]+)`).exec(text)?.[1] ?? ''
  const [key, ...scope] = value('x-amz-credential').split('/')
  if (key !== accessKey) return `unknown access key ${key}`
  return signatureOf(scope, value('policy')) === value('x-amz-signature') ? undefined : `policy of ${target}`
}

function signatureOf(scope: readonly string[], text: string): string {
  const signingKey = scope.reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${secretKey}`)
  return hmac(signingKey, text).toString('hex')
}

function signedParts({ target, fields }: ReceivedRequest): Signed | string {
  const question = target.indexOf('?')
  const query = question < 0 ? [] : target.slice(question + 1).split('&')
  const authorization = fieldOf(fields, 'authorization')
  if (authorization === undefined) return presignedParts(query)
  const [, credential, names, signature] =
    /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(authorization) ?? []
  const time = fieldOf(fields, 'x-amz-date')
  const payload = fieldOf(fields, 'x-amz-content-sha256')
  if (credential === undefined || names === undefined || signature === undefined) return 'authorization field'
  if (time === undefined || payload === undefined) return 'no x-amz-date or x-amz-content-sha256'
  return { credential, names: names.split(';'), signature, time, payload, query: sorted(query) }
}

function presignedParts(query: readonly string[]): Signed | string {
  const value = (name: string) => {
    const found = query.find((part) => part.startsWith(`${name}=`))
    return found === undefined ? '' : decodeURIComponent(found.slice(name.length + 1))
  }
  if (value('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') return 'neither signed nor presigned'
  return {
    credential: value('X-Amz-Credential'),
    names: value('X-Amz-SignedHeaders').split(';'),
    signature: value('X-Amz-Signature'),
    time: value('X-Amz-Date'),
    payload: 'UNSIGNED-PAYLOAD',
    query: sorted(query.filter((part) => !part.startsWith('X-Amz-Signature='))),
  }
}

/** By name, then value: `select` comes before `select-type`. */
function sorted(query: readonly string[]): readonly string[] {
  const parts = query.map((part) => (part.includes('=') ? part : `${part}=`).split('=').join('\0'))
  return parts.sort().map((part) => part.replaceAll('\0', '='))
}

function valuesOf(fields: RawFields, wanted: string): string {
  const values: string[] = []
  for (let at = 0; at + 1 < fields.length; at += 2) {
    if (fields[at]?.toLowerCase() === wanted) values.push((fields[at + 1] ?? '').trim().replace(/ +/g, ' '))
  }
  return values.join(',')
}

function hash(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest()
}
