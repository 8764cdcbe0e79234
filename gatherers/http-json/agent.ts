// Who answers for the activities of an exchange, and for whom. Never says more than it knows: what stands in a request is the
// client's word, unless its identity was verified.
import type { AgentRef, By } from '../../lineage/model/fact.js'
import type { Part } from './items.js'
import type { Finder } from '../selectors.js'
import { columnAt, compileRows, findersOf, inPairs, siteAt, typeAt, type Reading, type Site } from './reading.js'
import type { AgentOptions } from './schema.js'

/** `attributed-to`, and `acted-on-behalf-of` where configured. */
export function compileAgent(options: AgentOptions, site: Site): Part {
  const whole = typeof options === 'string' ? { id: options } : options
  const short = typeof options === 'string'
  const columns = {
    type: typeAt(short ? undefined : options.type, siteAt(site, 'type')),
    id: columnAt(whole.id, short ? site : siteAt(site, 'id')),
    role: columnAt(short ? undefined : options.role, siteAt(site, 'role')),
  }
  const rowsOf = compileRows(columns)
  const principals = short ? undefined : compilePrincipal(options.onBehalfOf, siteAt(site, 'onBehalfOf'))
  const required = !short && options.required === true
  const told = toldByClient(whole.id, site)
  const readPair = (reading: Reading): void => {
    const time = reading.record.startedAt
    const by: By = told && reading.record.claim?.by !== 'verified' ? 'asserted' : 'observed'
    const { rows, empty } = rowsOf(reading)
    for (const label of empty) reading.sink.empty(label, required)
    for (const { type = 'agent', id, role } of rows) {
      if (id === undefined) continue
      const agent = { id, type }
      for (const ref of reading.activities) {
        const subject = { kind: 'activity', ref } as const
        reading.sink.add(
          role === undefined
            ? { agent, by, kind: 'attributed-to', subject, time }
            : { agent, by, kind: 'attributed-to', role, subject, time },
        )
      }
      for (const principal of principals?.read(reading) ?? []) {
        reading.sink.add({ kind: 'acted-on-behalf-of', agent, principal, time, by })
      }
    }
  }
  return inPairs([...findersOf(columns), ...(principals?.finders ?? [])], readPair)
}

/** Whether it is read from the request: then only the client says so, unless its identity was verified. */
function toldByClient(text: string, site: Site): boolean {
  return text.includes('.request') || (site.place.element && site.place.fromRequest)
}

type Principal = Exclude<AgentOptions, string>['onBehalfOf']

interface PrincipalReader {
  readonly finders: readonly Finder[]
  readonly read: (reading: Reading) => readonly AgentRef[]
}

function compilePrincipal(options: Principal, site: Site): PrincipalReader | undefined {
  if (options === undefined) return undefined
  const short = typeof options === 'string'
  const columns = {
    type: typeAt(short ? undefined : options.type, siteAt(site, 'type')),
    id: columnAt(short ? options : options.id, short ? site : siteAt(site, 'id')),
  }
  const rowsOf = compileRows(columns)
  const read = (reading: Reading): readonly AgentRef[] =>
    rowsOf(reading).rows.flatMap(({ type = 'agent', id }) => (id === undefined ? [] : [{ type, id }]))
  return { finders: findersOf(columns), read }
}
