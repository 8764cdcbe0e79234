// The leaves of a plan (plan.ts) one by one, without their facts: eight numbers each. The one place that knows their order.
import type { NumberList } from './number-list.js'

/** An exchange record. `route` and `tenant` are words of the plan. */
export interface RecordHeadRow {
  readonly kind: typeof leafKinds.record
  readonly recorded: number
  readonly exchange: number
  readonly route: number
  readonly tenant: number
  readonly started: number
  readonly closing: number
  readonly gathers: number
}

/** A facts leaf. */
export interface FactsHeadRow {
  readonly kind: typeof leafKinds.facts
  readonly recorded: number
  readonly exchange: number
  readonly route: number
  readonly tenant: number
  readonly generation: number
  readonly loose: number
}

/** A gap; `number` is its place in `Plan.gaps`. */
export interface GapHeadRow {
  readonly kind: typeof leafKinds.gap
  readonly recorded: number
  readonly number: number
}

export type HeadRow = RecordHeadRow | FactsHeadRow | GapHeadRow

export const leafKinds = { record: 0, facts: 1, gap: 2 } as const
const width = 8

export function pushHead(heads: NumberList, head: HeadRow): void {
  const { kind, recorded } = head
  if (kind === leafKinds.gap) heads.push(kind, recorded, head.number, 0, 0, 0, 0, 0)
  else if (kind === leafKinds.record) {
    heads.push(kind, recorded, head.exchange, head.route, head.tenant, head.started, head.closing, head.gathers)
  } else heads.push(kind, recorded, head.exchange, head.route, head.tenant, head.generation, head.loose, 0)
}

/** So many leaves; the rows of a facts leaf begin with how many there are before it. */
export function headCount(heads: { readonly length: number }): number {
  return heads.length / width
}

export function headAt(heads: Float64Array, index: number): HeadRow {
  const at = index * width
  const value = (offset: number): number => heads[at + offset] ?? Number.NaN
  const [recorded, exchange] = [value(1), value(2)]
  if (value(0) === leafKinds.gap) return { kind: leafKinds.gap, recorded, number: exchange }
  const [route, tenant] = [value(3), value(4)]
  const common = { recorded, exchange, route, tenant }
  if (value(0) === leafKinds.record) {
    return { kind: leafKinds.record, ...common, started: value(5), closing: value(6), gathers: value(7) }
  }
  return { kind: leafKinds.facts, ...common, generation: value(5), loose: value(6) }
}
