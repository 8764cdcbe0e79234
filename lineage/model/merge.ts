// How facts about one thing become one answer: commutative and idempotent, so that neither order nor repetition matters.
// Pure; knows nothing of storage.
import { createHash } from 'node:crypto'
import { toIso } from '../../core/clock.js'
import { canonicalJson } from '../../core/canonical-json.js'
import type { Micros } from '../../core/ids.js'
import type { JsonValue, Phase } from './fact.js'

export interface StateFact {
  readonly phase: Phase
  readonly time: number
  readonly startedAt: number | null
  readonly endedAt: number | null
}

const ranks: Record<Phase, number> = { START: 0, RUNNING: 1, COMPLETE: 2, FAIL: 2, ABORT: 2 }

/**
 * { phase, startedAt, endedAt } (RFC 3339 or null). The phase is of the highest rank; between terminal phases the later
 * event time, then the digest decides. It started when somebody says so at the earliest, else when it was first seen
 * going on; it ended when the deciding fact says, else when one of its phase does, else when that phase was first seen.
 */
export function mergeStates(facts: readonly StateFact[]): JsonValue {
  const best = facts.reduce((one, other) => (compareStates(one, other) < 0 ? other : one))
  const started = facts.flatMap(({ startedAt }) => startedAt ?? [])
  const going = facts.flatMap(({ phase, time }) => (ranks[phase] < 2 ? time : []))
  const startedAt = earliest(started) ?? earliest(going)
  return {
    phase: best.phase,
    startedAt: iso(startedAt),
    endedAt: iso(ranks[best.phase] < 2 ? null : endOf(best, facts)),
  }
}

function endOf(best: StateFact, facts: readonly StateFact[]): number {
  if (best.endedAt !== null) return best.endedAt
  const same = facts.filter(({ phase }) => phase === best.phase)
  const said = same.filter(({ endedAt }) => endedAt !== null)
  if (said.length === 0) return earliest(same.map(({ time }) => time)) ?? best.time
  return said.reduce((one, other) => (compareStates(one, other) < 0 ? other : one)).endedAt ?? best.time
}

function compareStates(a: StateFact, b: StateFact): number {
  const byRank = ranks[a.phase] - ranks[b.phase] || a.time - b.time
  if (byRank !== 0) return byRank
  const [x, y] = [stateDigest(a), stateDigest(b)]
  return x === y ? 0 : x < y ? -1 : 1
}

function stateDigest({ phase, startedAt, endedAt }: StateFact): string {
  return digestOf({ phase, startedAt, endedAt })
}

export interface FacetFact {
  readonly time: number
  readonly value: JsonValue
}

/** Of several values the one of the latest event time stands, then the one with the higher digest. */
export function laterFacet(a: FacetFact, b: FacetFact): FacetFact {
  if (a.time !== b.time) return a.time < b.time ? b : a
  return digestOf(a.value) < digestOf(b.value) ? b : a
}

function digestOf(value: JsonValue): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex')
}

function iso(time: number | null): string | null {
  return time === null ? null : toIso(time as Micros)
}

function earliest(times: readonly number[]): number | null {
  return times.reduce<number | null>((first, time) => (first === null || time < first ? time : first), null)
}
