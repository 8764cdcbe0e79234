// The activity of an exchange: which it is, what phase it is in, what it followed.
import type { ExchangeRecord } from '../../core/exchange.js'
import type { Micros } from '../../core/ids.js'
import type { ActivityRef, Phase } from '../../lineage/model/fact.js'
import { runningBefore } from '../running-before.js'
import { compileEntity } from './entities.js'
import { compileFacets } from './facets.js'
import type { Part } from './items.js'
import {
  columnAt,
  compileRows,
  emptyGap,
  labelOf,
  siteAt,
  textsAt,
  typeAt,
  type Column,
  type Reading,
  type Site,
} from './reading.js'
import { phaseOptions, type ActivityOptions, type StateOptions } from './schema.js'
import { timeOf } from './times.js'

export interface ActivityReader {
  /** the activities that this exchange is about; a gap where a template finds nothing */
  refs(reading: Reading): readonly ActivityRef[]
  /** plan, phase, facets */
  readonly parts: readonly Part[]
}

/** Without options the exchange itself is the activity. */
export function compileActivity(options: ActivityOptions | undefined, site: Site): ActivityReader {
  if (options === undefined) return { refs: ({ record }) => [{ id: record.id, type: 'service-call' }], parts: [] }
  const columns = { type: typeAt(options.type, siteAt(site, 'type')), id: columnAt(options.id, siteAt(site, 'id')) }
  const rowsOf = compileRows(columns)
  const refs = (reading: Reading): readonly ActivityRef[] => {
    const { rows, empty } = rowsOf(reading)
    for (const label of empty) reading.sink.empty(label, true)
    return rows.flatMap(({ type, id }) => (type === undefined || id === undefined ? [] : [{ id, type }]))
  }
  const facets = compileFacets(options.facets, siteAt(site, 'facets'))
  const describe: Part = (reading) => {
    for (const ref of reading.activities) facets(reading, { kind: 'activity', ref }, reading.record.endedAt)
  }
  return { refs, parts: [...planPart(options.plan, siteAt(site, 'plan')), ...statePart(options, site), describe] }
}

function planPart(options: ActivityOptions['plan'], site: Site): readonly Part[] {
  if (options === undefined) return []
  const short = typeof options === 'string'
  const column = short ? columnAt(options, site) : undefined
  const rowsOf = compileRows({ name: column })
  const entity = short ? undefined : compileEntity(options, site)
  const read = (reading: Reading): void => {
    const found =
      entity === undefined
        ? rowsOf(reading).rows.flatMap(({ name }) => (name === undefined ? [] : [{ type: 'plan', name }]))
        : entity.read(reading, false).map(({ ref }) => ref)
    for (const plan of found) {
      const time = reading.record.startedAt
      for (const activity of reading.activities) {
        reading.sink.add({ kind: 'associated-with', activity, plan, time, by: 'observed' })
      }
      entity?.facets(reading, { kind: 'entity', ref: plan }, time)
    }
  }
  return [read]
}

interface Times {
  readonly startedAt: Micros | undefined
  readonly endedAt: Micros | undefined
}

function statePart(options: ActivityOptions, site: Site): readonly Part[] {
  const startedAt = columnAt(options.startedAt, siteAt(site, 'startedAt'))
  const endedAt = columnAt(options.endedAt, siteAt(site, 'endedAt'))
  if (options.state === undefined && startedAt === undefined && endedAt === undefined) return []
  if (options.state === undefined && endedAt !== undefined) {
    site.faults.push({ path: [...site.path, 'endedAt'], message: 'that it ended says not how: give `state` too' })
  }
  const phaseOf = compilePhase(options.state, siteAt(site, 'state'))
  return [
    (reading) => {
      const told = { startedAt: readTime(startedAt, reading), endedAt: readTime(endedAt, reading) }
      const whole = options.state === 'exchange' ? reading.record : undefined
      const times = { startedAt: told.startedAt ?? whole?.startedAt, endedAt: told.endedAt ?? whole?.endedAt }
      const state = phaseOf(reading, times)
      if (state === undefined) return
      const before = runningBefore(state)
      for (const activity of reading.activities) {
        if (before !== undefined) reading.sink.add({ kind: 'state', activity, ...before, by: 'observed' })
        reading.sink.add({ kind: 'state', activity, ...state, by: 'observed' })
      }
    },
  ]
}

interface State {
  readonly phase: Phase
  readonly time: Micros
  readonly startedAt?: Micros
  readonly endedAt?: Micros
}

type StateReader = (reading: Reading, times: Times) => State | undefined

function compilePhase(options: StateOptions | undefined, site: Site): StateReader {
  if (options === undefined) return ({ record }, times) => stateOf('START', times, record)
  if (options === 'exchange') return ({ record }, times) => stateOf(outcomeOf(record), times, record)
  const word = columnAt(options.phase, siteAt(site, 'phase'))
  const at = columnAt(options.time, siteAt(site, 'time'))
  const rowsOf = compileRows({ word })
  const words: Readonly<Record<string, Phase>> = options.map ?? {}
  return (reading, times) => {
    const { rows, empty } = rowsOf(reading)
    const given = rows[0]?.word
    for (const label of empty) reading.sink.empty(label, true)
    if (given === undefined) return undefined
    const phase = Object.hasOwn(words, given) ? words[given] : options.map === undefined ? asPhase(given) : undefined
    if (phase === undefined) {
      reading.sink.gap(emptyGap(`${labelOf(site)}: a phase that no word of map names`))
      return undefined
    }
    const state = stateOf(phase, times, reading.record)
    const time = readTime(at, reading)
    return time === undefined ? state : { ...state, time }
  }
}

function asPhase(word: string): Phase | undefined {
  const known = phaseOptions.safeParse(word.toUpperCase())
  return known.success ? known.data : undefined
}

function outcomeOf(record: ExchangeRecord): Phase {
  if (record.outcome === 'open') return 'RUNNING'
  return record.outcome === 'complete' && record.response !== null && record.response.status < 400 ? 'COMPLETE' : 'FAIL'
}

/**
 * Times that are told, and no others: where nothing tells, merging takes the event times. As of these an activity was going
 * on when the request came, or had ended when the response did.
 */
function stateOf(phase: Phase, { startedAt, endedAt }: Times, record: ExchangeRecord): State {
  const going = phase === 'START' || phase === 'RUNNING'
  return {
    phase,
    time: going ? (startedAt ?? record.startedAt) : (endedAt ?? record.endedAt),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(going || endedAt === undefined ? {} : { endedAt }),
  }
}

function readTime(column: Column | undefined, reading: Reading): Micros | undefined {
  if (column === undefined) return undefined
  const [text] = textsAt(column, reading)
  if (text === undefined) return undefined
  const time = timeOf(text)
  if (time === undefined) reading.sink.gap(emptyGap(`${column.label}: not a time with its offset`))
  return time
}
