// Verifies AWS Signature Version 4 as S3 does, from the request as it was received: a changed Host, path, query, signed
// field or payload does not verify. https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
import { createHash, createHmac } from 'node:crypto'
import { fieldOf, type RawFields } from '../../../core/exchange.js'

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
  const signed = signedParts(request)
  if (typeof signed === 'string') return signed
  const [key, ...scope] = signed.credential.split('/')
  if (key !== accessKey) return `unknown access key ${key}`
  const path = request.target.split('?', 1)[0] ?? ''
  const fields = signed.names.map((name) => `${name}:${valuesOf(request.fields, name)}\n`).join('')
  const canonical = [request.method, path, signed.query.join('&'), fields, signed.names.join(';'), signed.payload]
  const toSign = ['AWS4-HMAC-SHA256', signed.time, scope.join('/'), hash(canonical.join('\n'))].join('\n')
  const signingKey = scope.reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${secretKey}`)
  if (hmac(signingKey, toSign).toString('hex') !== signed.signature) return `signature of ${request.method} ${path}`
  if (signed.payload !== 'UNSIGNED-PAYLOAD' && signed.payload !== hash(request.body)) return `payload of ${path}`
  return undefined
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

function sorted(query: readonly string[]): readonly string[] {
  return query.map((part) => (part.includes('=') ? part : `${part}=`)).sort()
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
