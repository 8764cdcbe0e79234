// The activity of an exchange: which it is, what phase it is in, what it followed and who answers for it.
import type { ExchangeRecord } from '../../core/exchange.js'
import type { Micros } from '../../core/ids.js'
import type { ActivityRef, AgentRef, Phase } from '../../lineage/model/fact.js'
import { compileEntity } from './entities.js'
import { compileFacets } from './facets.js'
import type { Part } from './items.js'
import { columnAt, emptyGap, labelOf, rowsOf, siteAt, type Column, type Reading, type Site } from './reading.js'
import { phaseOptions, type ActivityOptions, type AgentOptions, type StateOptions } from './schema.js'
import { timeOf } from './times.js'

export interface ActivityReader {
  /** the activities that this exchange is about; a gap where a template finds nothing */
  refs(reading: Reading): readonly ActivityRef[]
  /** plan, phase, facets */
  readonly parts: readonly Part[]
}

/** Without options the exchange itself is the activity. */
export function compileActivity(options: ActivityOptions | undefined, site: Site): ActivityReader {
  if (options === undefined) return { refs: ({ record }) => [{ type: 'service-call', id: record.id }], parts: [] }
  const columns = { type: columnAt(options.type, siteAt(site, 'type')), id: columnAt(options.id, siteAt(site, 'id')) }
  const refs = (reading: Reading): readonly ActivityRef[] => {
    const { rows, empty } = rowsOf(columns, reading)
    for (const label of empty) reading.sink.gap(emptyGap(label))
    return rows.flatMap(({ type, id }) => (type === undefined || id === undefined ? [] : [{ type, id }]))
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
  const entity = short ? undefined : compileEntity(options, site)
  const read = (reading: Reading): void => {
    const found =
      entity === undefined
        ? rowsOf({ name: column }, reading).rows.flatMap(({ name }) =>
            name === undefined ? [] : [{ type: 'plan', name }],
          )
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
  const phaseOf = compilePhase(options.state, siteAt(site, 'state'))
  return [
    (reading) => {
      const times = { startedAt: readTime(startedAt, reading), endedAt: readTime(endedAt, reading) }
      const state = phaseOf(reading, times)
      if (state === undefined) return
      const { phase, time } = state
      const seen = timesOf(phase, reading.record, { times, whole: options.state === 'exchange' })
      for (const activity of reading.activities) {
        reading.sink.add({ kind: 'state', activity, phase, ...seen, time, by: 'observed' })
      }
    },
  ]
}

interface PhaseAt {
  readonly phase: Phase
  readonly time: Micros
}

type PhaseReader = (reading: Reading, times: Times) => PhaseAt | undefined

function compilePhase(options: StateOptions | undefined, site: Site): PhaseReader {
  // times alone: that it ended says nothing of how, so only that it began
  if (options === undefined)
    return ({ record }, { startedAt }) => ({ phase: 'START', time: startedAt ?? record.startedAt })
  if (options === 'exchange')
    return ({ record }, { endedAt }) => ({ phase: outcomeOf(record), time: endedAt ?? record.endedAt })
  const word = columnAt(options.phase, siteAt(site, 'phase'))
  const time = columnAt(options.time, siteAt(site, 'time'))
  const words: Readonly<Record<string, Phase>> = options.map ?? {}
  return (reading, times) => {
    const { rows, empty } = rowsOf({ word }, reading)
    const given = rows[0]?.word
    for (const label of empty) reading.sink.gap(emptyGap(label))
    if (given === undefined) return undefined
    const phase = Object.hasOwn(words, given) ? words[given] : options.map === undefined ? asPhase(given) : undefined
    if (phase === undefined) {
      reading.sink.gap(emptyGap(`${labelOf(site)}: a phase that no word of map names`))
      return undefined
    }
    const own = isTerminal(phase) ? times.endedAt : times.startedAt
    return { phase, time: readTime(time, reading) ?? own ?? reading.record.endedAt }
  }
}

function asPhase(word: string): Phase | undefined {
  const known = phaseOptions.safeParse(word.toUpperCase())
  return known.success ? known.data : undefined
}

function isTerminal(phase: Phase): boolean {
  return phase !== 'START' && phase !== 'RUNNING'
}

function outcomeOf(record: ExchangeRecord): Phase {
  if (record.outcome === 'open') return 'RUNNING'
  return record.outcome === 'complete' && record.response !== null && record.response.status < 400 ? 'COMPLETE' : 'FAIL'
}

/** Times from the payload where it gives them; else the exchange's, for what the exchange shows: a start, or an end. */
function timesOf(phase: Phase, record: ExchangeRecord, { times, whole }: { times: Times; whole: boolean }) {
  const startedAt = times.startedAt ?? (whole || !isTerminal(phase) ? record.startedAt : undefined)
  const endedAt = isTerminal(phase) ? (times.endedAt ?? record.endedAt) : undefined
  return { ...(startedAt === undefined ? {} : { startedAt }), ...(endedAt === undefined ? {} : { endedAt }) }
}

function readTime(column: Column | undefined, reading: Reading): Micros | undefined {
  const [text] = column?.template(reading.scope).texts ?? []
  if (column === undefined || text === undefined) return undefined
  const time = timeOf(text)
  if (time === undefined) reading.sink.gap(emptyGap(`${column.label}: not a time with its offset`))
  return time
}

/** `attributed-to`, and `acted-on-behalf-of` where configured. */
export function compileAgent(options: AgentOptions, site: Site): Part {
  const whole = typeof options === 'string' ? { id: options } : options
  const short = typeof options === 'string'
  const columns = {
    type: columnAt(short ? undefined : options.type, siteAt(site, 'type')),
    id: columnAt(whole.id, short ? site : siteAt(site, 'id')),
    role: columnAt(short ? undefined : options.role, siteAt(site, 'role')),
  }
  const principals = short ? undefined : compilePrincipal(options.onBehalfOf, siteAt(site, 'onBehalfOf'))
  const required = !short && options.required === true
  return (reading) => {
    const time = reading.record.startedAt
    const { rows, empty } = rowsOf(columns, reading)
    if (required) for (const label of empty) reading.sink.gap(emptyGap(label))
    for (const { type = 'agent', id, role } of rows) {
      if (id === undefined) continue
      const agent = { type, id }
      const named = role === undefined ? {} : { role }
      for (const ref of reading.activities) {
        reading.sink.add({
          kind: 'attributed-to',
          subject: { kind: 'activity', ref },
          agent,
          ...named,
          time,
          by: 'observed',
        })
      }
      for (const principal of principals?.(reading) ?? []) {
        reading.sink.add({ kind: 'acted-on-behalf-of', agent, principal, time, by: 'observed' })
      }
    }
  }
}

type Principal = Exclude<AgentOptions, string>['onBehalfOf']

function compilePrincipal(options: Principal, site: Site): ((reading: Reading) => readonly AgentRef[]) | undefined {
  if (options === undefined) return undefined
  const short = typeof options === 'string'
  const columns = {
    type: columnAt(short ? undefined : options.type, siteAt(site, 'type')),
    id: columnAt(short ? options : options.id, short ? site : siteAt(site, 'id')),
  }
  return (reading) =>
    rowsOf(columns, reading).rows.flatMap(({ type = 'agent', id }) => (id === undefined ? [] : [{ type, id }]))
}
