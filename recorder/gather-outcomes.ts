// Tells the proxy thread what became of jobs, and what was counted on the way: one message of each kind a turn, and one
// count per route and gatherer, however many exchanges the turn had.
import { setImmediate } from 'node:timers'
import type { MessagePort } from 'node:worker_threads'
import type { ExchangeRecord } from '../core/exchange.js'
import type { SignalMessage } from '../core/signals.js'
import type { GathererYield } from '../lineage/model/fact.js'
import type { FromGatherer } from './gather-protocol.js'

export interface GatherOutcomes {
  stored(serial: number): void
  failed(serial: number, reason: string): void
  yielded(record: ExchangeRecord, yields: readonly GathererYield[]): void
  captureLost(route: string, reason: string): void
}

export function createGatherOutcomes(port: MessagePort): GatherOutcomes {
  let tally = createTally()
  let stored: number[] = []
  let failed: number[] = []
  let why = ''
  let scheduled = false
  const send = (message: FromGatherer) => port.postMessage(message)
  const flush = (): void => {
    scheduled = false
    // what was learned of jobs before that they are done: who waits for them finds it counted
    const messages = tally.messages()
    if (messages.length > 0) send({ kind: 'signals', messages })
    if (stored.length > 0) send({ kind: 'stored', serials: stored })
    if (failed.length > 0) send({ kind: 'failed', serials: failed, reason: why })
    stored = []
    failed = []
    tally = createTally()
  }
  const schedule = (): void => {
    if (scheduled) return
    scheduled = true
    setImmediate(flush)
  }
  return {
    stored: (serial) => {
      stored.push(serial)
      schedule()
    },
    failed: (serial, reason) => {
      failed.push(serial)
      why = reason
      schedule()
    },
    yielded: ({ route, mode }, yields) => {
      for (const one of yields) tally.add(route, mode === 'shadow', one)
      schedule()
    },
    captureLost: (route, reason) => {
      tally.captureLost(route, reason)
      schedule()
    },
  }
}

interface Tally {
  add(route: string, shadow: boolean, yielded: GathererYield): void
  captureLost(route: string, reason: string): void
  messages(): readonly SignalMessage[]
}

function createTally(): Tally {
  const facts = new Map<string, { route: string; gatherer: string; facts: number }>()
  const shadows = new Map<string, { route: string; gatherer: string; facts: number; gaps: number }>()
  const gaps = new Map<string, { route: string; reason: string; count: number }>()
  const captures = new Map<string, { route: string; reason: string; count: number }>()
  const failures: SignalMessage[] = []
  return {
    captureLost: (route, reason) => {
      entryOf(captures, `${route}\n${reason}`, () => ({ route, reason, count: 0 })).count++
    },
    add: (route, shadow, yielded) => {
      const { gatherer } = yielded
      const key = `${route}\n${gatherer}`
      if (shadow) {
        const sum = entryOf(shadows, key, () => ({ route, gatherer, facts: 0, gaps: 0 }))
        sum.facts += yielded.facts.length
        sum.gaps += yielded.gaps.length
      } else if (yielded.facts.length > 0) {
        entryOf(facts, key, () => ({ route, gatherer, facts: 0 })).facts += yielded.facts.length
      }
      for (const { reason } of yielded.gaps) {
        if (reason === 'gatherer-failed') failures.push({ name: 'gathererFailed', event: { route, gatherer, reason } })
        else entryOf(gaps, `${route}\n${reason}`, () => ({ route, reason, count: 0 })).count++
      }
    },
    messages: () => [
      ...[...facts.values()].map((event) => ({ name: 'factsRecorded', event }) as const),
      ...[...shadows.values()].map((event) => ({ name: 'shadowGathered', event }) as const),
      ...[...gaps.values()].map((event) => ({ name: 'gapRecorded', event }) as const),
      ...[...captures.values()].map((event) => ({ name: 'capturesLost', event }) as const),
      ...failures,
    ],
  }
}

function entryOf<T>(map: Map<string, T>, key: string, make: () => T): T {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}
