// One exchange as the mlflow gatherer reads it: parsed messages on demand, and facts in the order they are made. Pure.
import type { z } from 'zod'
import { fromMillis } from '../../core/clock.js'
import type { Micros } from '../../core/ids.js'
import type { ActivityRef, By, EntityRef, Fact, GathererGap, JsonValue, Subject } from '../../lineage/model/fact.js'
import type { ObservedExchange } from '../contract.js'
import type { MlflowAddress } from './address.js'
import type { Names } from './names.js'

export interface Reading {
  readonly exchange: ObservedExchange
  readonly address: MlflowAddress
  readonly names: Names
  /** the exchange itself */
  readonly call: ActivityRef
  /** when the server had done it: its response head */
  readonly at: Micros
  readonly facts: Fact[]
  readonly gaps: GathererGap[]
}

type Unstamped<F> = F extends Fact ? Omit<F, 'time' | 'by'> & { readonly time?: Micros; readonly by?: By } : never

/** Adds a fact; observed now unless it says otherwise. */
export function add(reading: Reading, fact: Unstamped<Fact>): void {
  reading.facts.push({ by: 'observed', time: reading.at, ...fact })
}

/** Since when a thing is that is read now and that the server made at `created` (milliseconds): never later than now. */
export function since(reading: Reading, created: number | undefined): Micros {
  const time = created === undefined ? undefined : fromMillis(created)
  return time === undefined ? reading.at : (Math.min(time, reading.at) as Micros)
}

export function describe(reading: Reading, subject: Subject, facet: string, value: JsonValue): void {
  add(reading, { kind: 'described', subject, facet, value })
}

export function ofEntity(ref: EntityRef): Subject {
  return { kind: 'entity', ref }
}

export function ofActivity(ref: ActivityRef): Subject {
  return { kind: 'activity', ref }
}

/**
 * The message in a body (`path`: the member to take), or undefined with a gap: where the body was cut, is not kept, is no JSON, or is not
 * what MLflow sends.
 */
export function messageOf<T>(
  reading: Reading,
  side: 'request' | 'response',
  schema: z.ZodType<T>,
  path = '',
): T | undefined {
  const body = reading.exchange[side]
  const about = `${side} of ${reading.exchange.record.request.method} ${reading.address.operation}`
  const parsed = body.parsed()
  if (!parsed.ok) {
    reading.gaps.push({ reason: parsed.gap.reason, about })
    return undefined
  }
  const value = path === '' ? parsed.value : memberOf(parsed.value, path)
  const result = schema.safeParse(value)
  if (result.success) return result.data
  reading.gaps.push({ reason: 'body-unparsed', about })
  return undefined
}

function memberOf(value: JsonValue, name: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return (value as Readonly<Record<string, JsonValue>>)[name]
}

/** Key–value pairs as one object; the last of two equal keys stands. */
export function pairs(list: readonly { readonly key: string; readonly value: JsonValue }[]): JsonValue {
  return Object.fromEntries(list.map(({ key, value }) => [key, value]))
}

/** Without the members that are undefined or ''. */
export function known(members: Readonly<Record<string, JsonValue | undefined>>): JsonValue {
  return Object.fromEntries(
    Object.entries(members).filter((pair): pair is [string, JsonValue] => pair[1] !== undefined && pair[1] !== ''),
  )
}
