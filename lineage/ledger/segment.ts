// A segment's columns, as they are made: many leaves in one row, so that a commit is a few pages one behind the other.
// Never parses a body, but a gap's for the exchange it names.
import { hash } from 'node:crypto'
import type { Micros } from '../../core/ids.js'
import type { Frame } from './commit-frames.js'
import { leafHash, type LeafBytes } from './leaf-hash.js'
import type { LeafBodies } from './leaf-bodies.js'
import { insteadOfUnreadable } from './unreadable.js'

/** A leaf that is to be stored. `exchange` is 32 hexadecimal digits, or empty for a gap that belongs to none. */
export interface NewLeaf extends LeafBytes, NamedLeaf {
  readonly exchange: string
  readonly recorded: Micros
}

export interface NamedLeaf {
  readonly id: string
  /** see `place` in schema.ts */
  readonly key: number
}

/**
 * One for each leaf, in order: where its body ends in `bodies` (bytes), its id (see model/leaf.ts), and for a gap the
 * exchange that it names, if any. As JSON in `segment.directory`.
 */
export type Directory = readonly (readonly [end: number, id: string, exchange?: string])[]

export interface Segment {
  readonly leaves: number
  /** when they were committed */
  readonly recorded: Micros
  readonly directory: string
  readonly hashes: Uint8Array
  readonly bodies: Uint8Array
}

/** About as much in one row: more is more to read for a single leaf. */
const segmentBytes = 131_072
const hashBytes = 32
/** 52 bits: as many as a number holds */
const keyDigits = 13

/** One that can't be read has a gap in its place: see unreadable.ts. */
export function leavesOfFrame({ ids, ends, bytes, recorded }: Frame, bodies: LeafBodies, leaves: NewLeaf[]): void {
  let start = 0
  for (let index = 0; index < ids.length; index += 1) {
    const id = ids[index] ?? ''
    const end = ends[index] ?? start
    leaves.push(leafOf(id, { bytes, start, end }, { recorded, bodies }))
    start = end
  }
}

function leafOf(
  id: string,
  given: LeafBytes,
  { recorded, bodies }: { readonly recorded: Micros; readonly bodies: LeafBodies },
): NewLeaf {
  try {
    const exchange = isGap(id) ? exchangeOfGap(given) : exchangeOf(id)
    const { bytes, start, end } = bodies.stored(given)
    return { id, exchange, key: keyOf(exchange, id), recorded, bytes, start, end }
  } catch {
    const { body, ...gap } = insteadOfUnreadable(id, isGap(id) ? '' : exchangeOf(id), recorded)
    return { ...gap, key: keyOf(gap.exchange, gap.id), recorded, ...body }
  }
}

/** One for each commit, more where a row would become large. What it gives is overwritten when it is asked for the next one. */
export function createSegmentMaker(): (leaves: readonly NewLeaf[]) => Generator<Segment> {
  let bodies = Buffer.allocUnsafeSlow(segmentBytes * 2)
  let hashes = Buffer.allocUnsafeSlow(hashBytes * 256)

  const make = (leaves: readonly NewLeaf[], bytes: number, recorded: Micros): Segment => {
    if (bodies.length < bytes) bodies = Buffer.allocUnsafeSlow(bytes)
    if (hashes.length < leaves.length * hashBytes) hashes = Buffer.allocUnsafeSlow(leaves.length * hashBytes)
    let directory = '['
    let end = 0
    for (const [index, leaf] of leaves.entries()) {
      hashes.write(leafHash(leaf, recorded, { into: bodies, at: end }), index * hashBytes, 'latin1')
      end += leaf.end - leaf.start
      directory += `${index === 0 ? '' : ','}${entryOf(leaf, end)}`
    }
    return {
      leaves: leaves.length,
      recorded,
      directory: `${directory}]`,
      hashes: hashes.subarray(0, leaves.length * hashBytes),
      bodies: bodies.subarray(0, end),
    }
  }
  return function* (leaves) {
    let from = 0
    let bytes = 0
    let recorded = leaves[0]?.recorded ?? (0 as Micros)
    for (const [index, leaf] of leaves.entries()) {
      const length = leaf.end - leaf.start
      if (index > from && (leaf.recorded !== recorded || bytes + length > segmentBytes)) {
        yield make(leaves.slice(from, index), bytes, recorded)
        from = index
        bytes = 0
      }
      recorded = leaf.recorded
      bytes += length
    }
    if (from < leaves.length) yield make(leaves.slice(from), bytes, recorded)
  }
}

function entryOf({ id, exchange }: NewLeaf, end: number): string {
  if (!isGap(id)) return `[${end},"${id}"]`
  return JSON.stringify(exchange === '' ? [end, id] : [end, id, exchange])
}

/** The exchange of the leaf at an entry of a directory; empty where there is none. */
export function exchangeAt([, id, exchange]: Directory[number]): string {
  return isGap(id) ? (exchange ?? '') : exchangeOf(id)
}

/** Where `place` has a leaf; `exchange` is empty where there is none. */
export function keyOf(exchange: string, id: string): number {
  return Number.parseInt((exchange === '' ? hash('sha256', id) : exchange).slice(0, keyDigits), 16)
}

export function namedAt(entry: Directory[number]): NamedLeaf {
  return { id: entry[1], key: keyOf(exchangeAt(entry), entry[1]) }
}

export function isExchange(id: string): boolean {
  return id.charCodeAt(0) === 0x78 /* x */
}

function isGap(id: string): boolean {
  return id.charCodeAt(0) === 0x67 /* g */
}

function exchangeOf(id: string): string {
  return id.slice(2, 34)
}

function exchangeOfGap({ bytes, start, end }: LeafBytes): string {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString()
  return (JSON.parse(body) as { readonly exchange: string | null }).exchange ?? ''
}
