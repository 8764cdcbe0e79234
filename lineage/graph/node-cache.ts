// Which node has which id, for those that were seen of late: facts name the same few over and over. Finds one without
// putting its id together, which costs more than all the rest of a look-up. Forgets as it likes; never grows.

/** What names a node within its kind; `version` is undefined for a bare name, an activity, an agent. */
export interface NodeName {
  readonly type: string
  readonly name: string
  readonly version: string | undefined
}

export interface NodeCache<V> {
  get(node: NodeName): V | undefined
  set(node: NodeName, value: V): void
  clear(): void
}

interface Entry<V> extends NodeName {
  readonly hash: number
  readonly value: V
}

/** Holds up to two to the power of `bits`: each node has two places, and the one used last keeps the first of them. */
export function createNodeCache<V>(bits: number): NodeCache<V> {
  const places = new Array<Entry<V> | undefined>(1 << bits).fill(undefined)
  const placeOf = (hash: number): number => (hash >>> (32 - bits)) & ~1

  const get = (node: NodeName): V | undefined => {
    const hash = hashOf(node)
    const at = placeOf(hash)
    const first = places[at]
    if (first !== undefined && isFor(first, hash, node)) return first.value
    const second = places[at + 1]
    if (second === undefined || !isFor(second, hash, node)) return undefined
    places[at + 1] = first
    places[at] = second
    return second.value
  }
  return {
    get,
    set: ({ type, name, version }, value) => {
      const hash = hashOf({ type, name, version })
      const at = placeOf(hash)
      places[at + 1] = places[at]
      places[at] = { hash, type, name, version, value }
    },
    clear: () => {
      places.fill(undefined)
    },
  }
}

function isFor<V>(entry: Entry<V>, hash: number, { type, name, version }: NodeName): boolean {
  return entry.hash === hash && entry.name === name && entry.version === version && entry.type === type
}

/** The ends of names differ, so that the end of what is hashed is what comes last; the upper bits are the good ones. */
function hashOf({ type, name, version }: NodeName): number {
  let hash = type.length
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
  if (version === undefined) return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  hash = Math.imul(hash ^ 0x40, 0x01000193)
  for (let at = 0; at < version.length; at += 1) hash = Math.imul(hash ^ version.charCodeAt(at), 0x01000193)
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
}
