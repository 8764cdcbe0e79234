// The digests that gatherers may ask for, computed piece by piece over a body as it passed. Never keeps a body.
import { createHash } from 'node:crypto'
import type { DigestName } from '../../core/exchange.js'
import { createAwsChunkedDecoder } from './aws-chunked.js'

export interface BodyHash {
  update(bytes: Uint8Array): void
  /** `<algorithm>:<hex>`; undefined where such a body has none. Once only. */
  digest(): string | undefined
}

/** `<algorithm>:<hex>` by name, for those that such a body has */
export type BodyDigests = Readonly<Partial<Record<DigestName, string>>>

/** Digests of a body that is here as a whole. */
export function bodyDigests(names: readonly DigestName[], bytes: Uint8Array): BodyDigests {
  const hashes = names.map((name) => [name, createBodyHash(name)] as const)
  for (const [, hash] of hashes) hash.update(bytes)
  return digestsBy(hashes)
}

export function digestsBy(hashes: Iterable<readonly [DigestName, BodyHash]>): BodyDigests {
  const digests: Partial<Record<DigestName, string>> = {}
  for (const [name, hash] of hashes) {
    const digest = hash.digest()
    if (digest !== undefined) digests[name] = digest
  }
  return digests
}

export function createBodyHash(name: DigestName): BodyHash {
  if (name === 'aws-chunked-sha256') return createContentHash()
  const hash = createHash(name)
  return { update: (bytes) => void hash.update(bytes), digest: () => `${name}:${hash.digest('hex')}` }
}

/** SHA-256 of what an aws-chunked body carries. */
function createContentHash(): BodyHash {
  const hash = createHash('sha256')
  const decoder = createAwsChunkedDecoder((bytes) => void hash.update(bytes))
  return {
    update: (bytes) => decoder.push(bytes),
    digest: () => (decoder.whole() ? `sha256:${hash.digest('hex')}` : undefined),
  }
}
