// gaps.page: a file allocated ahead, so that gaps can be written when nothing else can. Keeps how many exchanges were
// accepted and how many of them are settled, how far the ledger had come, and the gaps that the ledger has not taken yet.
// Two slots are written in turn, so that a torn write leaves the older state. Never grows after it was made.
import { closeSync, constants, fdatasync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Micros } from '../core/ids.js'
import type { GapLeaf } from '../lineage/model/fact.js'

export interface PageState {
  /** exchanges whose intent was taken, since the folder was made */
  readonly accepted: number
  /** of these, how many were closed by a record or a gap when the ledger had `taken` so many leaves */
  readonly settled: number
  /** leaves that the ledger said it has stored, as its commit log counts (lineage/ledger/taken.ts) */
  readonly taken: number
  /** every record up to this leaf has its facts, or a gap for them; counted as `taken` */
  readonly factsFloor: number
  /** when this state was written */
  readonly at: Micros
  /** gaps that the ledger has not taken yet */
  readonly pending: readonly GapLeaf[]
}

export interface GapsPage {
  /**
   * Written when this returns, so that it survives the process; synced to disk within a second. Never throws. Once closed it writes
   * nothing: its file's number may be another's.
   */
  write(state: PageState): void
  close(): void
}

const slotBytes = 64 * 1024
/** magic, CRC-32 of the rest, write count, length */
const headBytes = 16
const magic = 0x57424750
const syncEveryMs = 1_000

const emptyState: PageState = { accepted: 0, settled: 0, taken: 0, factsFloor: 0, at: 0 as Micros, pending: [] }

/** Opens or makes the page of the data folder `dir`; `state` is what was last written (zeros in a new one). */
export function openGapsPage(dir: string): { page: GapsPage; state: PageState } {
  const fd = openSync(join(dir, 'gaps.page'), constants.O_RDWR | constants.O_CREAT, 0o600)
  const slots = [readSlot(fd, 0), readSlot(fd, 1)]
  const newest = slots.reduce((one, other) => (other.writes > one.writes ? other : one))
  if (newest.writes === 0) allocate(fd)
  return { page: createPage(fd, newest.writes), state: newest.state }
}

function createPage(fd: number, before: number): GapsPage {
  const slot = Buffer.alloc(slotBytes)
  let writes = before
  let dirty = false
  let closed = false
  const timer = setInterval(() => {
    if (!dirty) return
    dirty = false
    fdatasync(fd, () => undefined)
  }, syncEveryMs)
  timer.unref()
  return {
    write: (state) => {
      if (closed) return
      writes += 1
      const length = fill(slot, state)
      slot.writeUInt32LE(magic, 0)
      slot.writeUInt32LE(writes >>> 0, 8)
      slot.writeUInt32LE(length, 12)
      slot.writeUInt32LE(crc32(slot.subarray(8, headBytes + length)), 4)
      try {
        writeSync(fd, slot, 0, headBytes + length, (writes % 2) * slotBytes)
        dirty = true
      } catch {
        // The space is there already: only a broken disk comes here, and then the ledger's own failure is what is told.
      }
    },
    close: () => {
      clearInterval(timer)
      closed = true
      fsyncSync(fd)
      closeSync(fd)
    },
  }
}

/** Bytes written. Gaps that find no room are counted together in one that is a bound. */
function fill(slot: Buffer, state: PageState): number {
  const room = slotBytes - headBytes
  let kept = state.pending
  for (;;) {
    const text = JSON.stringify(kept === state.pending ? state : { ...state, pending: kept })
    // Names may be anything, so a unit may take three bytes.
    if (text.length * 3 <= room || Buffer.byteLength(text) <= room) return slot.write(text, headBytes)
    kept = merged(kept)
  }
}

function merged(gaps: readonly GapLeaf[]): GapLeaf[] {
  const half = Math.floor(gaps.length / 2)
  const [first, ...others] = gaps.slice(half)
  if (first === undefined) return []
  const sum = others.reduce((one, other) => mergedPair(one, other), first)
  return [...gaps.slice(0, half), { ...sum, at: 'ledger', exchange: null, tenant: null, exact: false }]
}

function mergedPair(one: GapLeaf, other: GapLeaf): GapLeaf {
  return {
    ...one,
    from: Math.min(one.from, other.from) as Micros,
    to: Math.max(one.to, other.to) as Micros,
    count: one.count + other.count,
  }
}

function readSlot(fd: number, index: number): { writes: number; state: PageState } {
  const none = { writes: 0, state: emptyState }
  const slot = Buffer.alloc(slotBytes)
  const read = readSync(fd, slot, 0, slotBytes, index * slotBytes)
  if (read < headBytes || slot.readUInt32LE(0) !== magic) return none
  const length = slot.readUInt32LE(12)
  if (length > slotBytes - headBytes || crc32(slot.subarray(8, headBytes + length)) !== slot.readUInt32LE(4))
    return none
  return {
    writes: slot.readUInt32LE(8),
    state: stateOf(slot.toString('utf8', headBytes, headBytes + length)),
  }
}

/** Pages of before the commit log say `seq`: as long as it had dropped nothing it is the same. */
function stateOf(text: string): PageState {
  const { seq = 0, ...state } = JSON.parse(text) as PageState & { readonly seq?: number }
  return { ...state, taken: (state as Partial<PageState>).taken ?? seq }
}

function allocate(fd: number): void {
  writeSync(fd, Buffer.alloc(slotBytes * 2), 0, slotBytes * 2, 0)
  fsyncSync(fd)
}
