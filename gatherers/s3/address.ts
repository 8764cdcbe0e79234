// Reads bucket, key and query off a request target, path-style or virtual-host style. Keys are what the client meant:
// percent-decoded once and otherwise untouched, so `a//b`, `a%2Fb` and `a/../b` stay three names. Never normalizes.

export interface S3Address {
  readonly bucket: string
  /** '' where the request is for the bucket itself */
  readonly key: string
  /** query parameters, first value of each; names as sent */
  readonly query: ReadonlyMap<string, string>
}

export interface AddressOptions {
  /** base hosts under which a bucket may be the first labels (`bucket.<host>`), as `hostOf` gives them */
  readonly hosts: readonly string[]
  readonly stripPrefix: string
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html; of access points no bucket is known */
const privateHost = /^(?:(.+)\.)?bucket\.vpce-[a-z0-9-]+\.s3\.[a-z0-9-]+\.vpce\.amazonaws\.com(?:\.cn)?$/

/**
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html and, for `s3express-<zone>`,
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/endpoint-directory-buckets-AZ.html
 */
const publicHost = /^(?:(.+)\.)?s3(?:express)?(?:[.-](?:dualstack\.)?[a-z0-9-]+){0,2}\.amazonaws\.com(?:\.cn)?$/

/** Undefined where the target names no bucket (the service itself). `target` holds latin1 code units. */
export function addressOf(target: string, authority: string, options: AddressOptions): S3Address | undefined {
  const question = target.indexOf('?')
  const path = withoutPrefix(question < 0 ? target : target.slice(0, question), options.stripPrefix)
  const query = queryOf(question < 0 ? '' : target.slice(question + 1))
  if (!path.startsWith('/')) return undefined
  const virtual = virtualBucket(authority, options.hosts)
  if (virtual !== undefined) return { bucket: virtual, key: percentDecoded(path.slice(1)), query }
  const slash = path.indexOf('/', 1)
  const bucket = percentDecoded(slash < 0 ? path.slice(1) : path.slice(1, slash))
  if (bucket === '') return undefined
  return { bucket, key: slash < 0 ? '' : percentDecoded(path.slice(slash + 1)), query }
}

export interface CopySource {
  readonly bucket: string
  readonly key: string
  readonly versionId: string | undefined
}

/** `x-amz-copy-source`: `[/]bucket/key[?versionId=…]`, percent-encoded. Undefined where it has no such shape (access points). */
export function copySourceOf(field: string): CopySource | undefined {
  const question = field.indexOf('?versionId=')
  const encoded = question < 0 ? field : field.slice(0, question)
  const path = percentDecoded(encoded.startsWith('/') ? encoded.slice(1) : encoded)
  const slash = path.indexOf('/')
  if (slash < 1 || slash === path.length - 1 || path.startsWith('arn:')) return undefined
  const versionId = question < 0 ? undefined : percentDecoded(field.slice(question + '?versionId='.length))
  return { bucket: path.slice(0, slash), key: path.slice(slash + 1), versionId }
}

/** Percent-decoded as UTF-8; text that is not valid UTF-8 stays as it was sent. `text` holds latin1 code units. */
export function percentDecoded(text: string): string {
  const bytes = Buffer.from(
    text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
  const decoded = bytes.toString('utf8')
  return decoded.includes('\ufffd') && !Buffer.from(decoded, 'utf8').equals(bytes) ? text : decoded
}

/** An authority's host: lower case, without port and without the dot that ends a full name. */
export function hostOf(authority: string): string {
  return authority.replace(/:\d+$/, '').replace(/\.$/, '').toLowerCase()
}

export function isAmazonHost(host: string): boolean {
  return publicHost.test(host)
}

function virtualBucket(authority: string, hosts: readonly string[]): string | undefined {
  const host = hostOf(authority)
  if (hosts.includes(host)) return undefined
  // of `local` and `s3.local` the longer one
  const bases = hosts.filter((one) => host.endsWith(`.${one}`)).map(({ length }) => length)
  if (bases.length > 0) return host.slice(0, -Math.max(...bases) - 1)
  return (privateHost.exec(host) ?? publicHost.exec(host))?.[1]
}

function withoutPrefix(path: string, prefix: string): string {
  if (prefix === '' || !path.startsWith(prefix)) return path
  const rest = path.slice(prefix.length)
  return rest.startsWith('/') ? rest : `/${rest}`
}

function queryOf(text: string): ReadonlyMap<string, string> {
  const query = new Map<string, string>()
  for (const part of text.split('&')) {
    if (part === '') continue
    const equals = part.indexOf('=')
    const name = percentDecoded(equals < 0 ? part : part.slice(0, equals))
    if (!query.has(name)) query.set(name, equals < 0 ? '' : percentDecoded(part.slice(equals + 1)))
  }
  return query
}
