// Exchange records newest first, by filter and page by page. Looks at the leaves one by one, and at so many only for a page.
import type { ExchangeRecord } from '../../core/exchange.js'
import { mayRead, type TenantScope } from '../../core/tenant.js'
import type { RecordedLeaf } from '../model/leaf.js'
import type { ExchangeFilter, Page } from '../ports.js'
import { isExchange } from './segment.js'
import type { SegmentReader } from './segment-reader.js'

/** Leaves looked at for one page; a rarer filter gives a short page with a cursor. */
const scanAtMost = 50_000

/** `leavesOf`: everything of one exchange */
export function exchangePage(
  segments: SegmentReader,
  leavesOf: (record: ExchangeRecord) => readonly RecordedLeaf[],
  { filter, scope }: { readonly filter: ExchangeFilter; readonly scope: TenantScope },
): Page<ExchangeRecord> {
  const start = filter.cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(filter.cursor)
  const floor = Math.max(1, Math.min(start, segments.last() + 1) - scanAtMost)
  const items: ExchangeRecord[] = []
  for (const { seq, leaf } of exchangesBefore(start, floor, segments)) {
    if (leaf.kind !== 'exchange' || !mayRead(scope, leaf.tenant) || !matches(leaf, filter)) continue
    if (leaf.phase !== 'closing' && leavesOf(leaf).some((other) => standsFor(other, seq))) continue
    items.push(leaf)
    if (items.length === filter.limit) return { items, cursor: seq > 1 ? String(seq) : null }
  }
  return { items, cursor: floor > 1 ? String(floor) : null }
}

function* exchangesBefore(start: number, floor: number, segments: SegmentReader): Generator<RecordedLeaf> {
  for (const segment of segments.backFrom(start - 1)) {
    for (let seq = Math.min(segment.last, start - 1); seq >= segment.first; seq -= 1) {
      if (seq < floor) return
      if (isExchange(segment.idOf(seq))) yield segment.leafAt(seq)
    }
  }
}

/** Whether another record of the exchange stands for it, rather than the one at `seq`. */
function standsFor({ seq: other, leaf }: RecordedLeaf, seq: number): boolean {
  return leaf.kind === 'exchange' && (leaf.phase === 'closing' || other > seq)
}

function matches(record: ExchangeRecord, { route, service, method, status, since, until }: ExchangeFilter): boolean {
  return (
    (route === undefined || record.route === route) &&
    (service === undefined || record.service === service) &&
    (method === undefined || record.request.method === method) &&
    (since === undefined || record.startedAt >= since) &&
    (until === undefined || record.startedAt < until) &&
    (status === undefined || hasStatus(record, status))
  )
}

function hasStatus({ response }: ExchangeRecord, status: string): boolean {
  if (response === null) return false
  if (/^[1-5]xx$/.test(status)) return Math.floor(response.status / 100) === Number(status[0])
  return response.status === Number(status)
}
