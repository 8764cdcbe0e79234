// The gaps that the recorder knows and the ledger has not taken yet. Counts gaps of one kind and route together, keeps
// trying until the ledger takes them, and gives what is pending to gaps.page. Never forgets one before it is stored.
import type { Clock } from '../core/clock.js'
import { canonicalJson } from '../core/canonical-json.js'
import type { WaybillError } from '../core/errors.js'
import { newExchangeId, type ExchangeId, type Micros } from '../core/ids.js'
import type { Signals } from '../core/signals.js'
import type { Tenant } from '../core/tenant.js'
import type { GapLeaf, GapReason } from '../lineage/model/fact.js'
import { leafId } from '../lineage/model/leaf.js'
import type { LeafQueue } from './leaf-queue.js'

export interface GapBook {
  /** One more of what happened often; the ledger gets one leaf for all since the last that it took. */
  tally(what: TalliedGap, place: GapPlace, from: Micros): void
  /** A gap that the next start would find again by itself; `stored` when the ledger has taken it. */
  add(gap: GapLeaf, stored: () => void): void
  /** A gap that gaps.page brought from the last run. */
  restore(gap: GapLeaf): void
  /** what gaps.page has to keep: nothing else knows of it */
  pending(): readonly GapLeaf[]
  /** gaps of any kind that the ledger has not taken yet */
  count(): number
  close(): void
}

export interface TalliedGap {
  readonly reason: GapReason
  /** false: the next start may find some of them again by itself */
  readonly exact: boolean
}

export interface GapPlace {
  readonly route: string
  readonly tenant: Tenant | null
}

export interface GapBookParts {
  readonly queue: LeafQueue
  readonly clock: Clock
  readonly signals: Signals
  /** what is pending has changed */
  readonly onChange: () => void
}

interface Entry {
  gap: GapLeaf
  sending: boolean
  /** undefined: only gaps.page knows of it */
  readonly stored: (() => void) | undefined
}

const retryMs = 200

export function createGapBook({ queue, clock, signals, onChange }: GapBookParts): GapBook {
  const entries = new Set<Entry>()
  const counted = new Map<string, Entry>()
  let timer: NodeJS.Timeout | undefined
  let scheduled = false
  let closed = false

  const send = (entry: Entry): void => {
    entry.sending = true
    for (const [key, one] of counted) if (one === entry) counted.delete(key)
    queue.add({ id: leafId(entry.gap), body: canonicalJson(entry.gap) }, false, {
      told: (failure) => told(entry, failure),
    })
  }

  const told = (entry: Entry, failure: WaybillError | undefined): void => {
    entry.sending = false
    if (failure !== undefined) retryLater()
    else {
      entries.delete(entry)
      signals.gapRecorded.publish({ route: entry.gap.at, reason: entry.gap.reason, count: entry.gap.count })
      // The page is written when the whole batch is told: until then its counts lag behind the ledger's last leaf.
      entry.stored?.()
    }
  }

  const sendAll = (): void => {
    scheduled = false
    for (const entry of entries) if (!entry.sending) send(entry)
  }

  const retryLater = (): void => {
    if (closed) return
    timer ??= setTimeout(() => {
      timer = undefined
      sendAll()
    }, retryMs).unref()
  }

  const keep = (gap: GapLeaf, stored?: () => void): Entry => {
    const entry: Entry = { gap, sending: false, stored }
    entries.add(entry)
    if (!scheduled && timer === undefined) {
      scheduled = true
      setImmediate(sendAll)
    }
    return entry
  }

  return {
    tally: (what, { route, tenant }, from) => {
      const key = `${what.reason}/${what.exact}/${route}`
      const to = clock.now()
      const entry = counted.get(key)
      if (entry === undefined) {
        const gap = countedGap(what, { route, tenant }, [from, to])
        counted.set(key, keep(gap))
      } else {
        const { gap } = entry
        entry.gap = { ...gap, from: Math.min(gap.from, from) as Micros, to, count: gap.count + 1 }
      }
      onChange()
    },
    add: (gap, stored) => {
      keep(gap, stored)
    },
    restore: (gap) => {
      keep(gap)
    },
    pending: () => [...entries].flatMap(({ gap, stored }) => (stored === undefined ? [gap] : [])),
    count: () => entries.size,
    close: () => {
      closed = true
      clearTimeout(timer)
    },
  }
}

function countedGap(what: TalliedGap, { route, tenant }: GapPlace, [from, to]: readonly [Micros, Micros]): GapLeaf {
  const { reason, exact } = what
  // The random part keeps two runs, and two leaves of one run, apart.
  const id = `${reason}/${route}/${newExchangeId()}`
  return { kind: 'gap', id, reason, at: route, exchange: null, tenant, from, to, count: 1, exact }
}

/** A gap about one exchange; the same one found twice counts once. */
export function exchangeGap(
  reason: GapReason,
  exchange: ExchangeId,
  place: GapPlace,
  times: readonly [Micros, Micros],
): GapLeaf {
  const [from, to] = times
  const id = `${reason}/${exchange}`
  return { kind: 'gap', id, reason, at: place.route, exchange, tenant: place.tenant, from, to, count: 1, exact: true }
}
