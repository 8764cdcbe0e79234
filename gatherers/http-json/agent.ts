// Who answers for the activities of an exchange, and for whom. Never says more than it knows: what stands in a request is the
// client's word, unless its identity was verified.
import type { AgentRef, By } from '../../lineage/model/fact.js'
import type { Part } from './items.js'
import { columnAt, rowsOf, siteAt, typeAt, type Reading, type Site } from './reading.js'
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
  const principals = short ? undefined : compilePrincipal(options.onBehalfOf, siteAt(site, 'onBehalfOf'))
  const required = !short && options.required === true
  const told = toldByClient(whole.id, site)
  return (reading) => {
    const time = reading.record.startedAt
    const by: By = told && reading.record.claim?.by !== 'verified' ? 'asserted' : 'observed'
    const { rows, empty } = rowsOf(columns, reading)
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
      for (const principal of principals?.(reading) ?? []) {
        reading.sink.add({ kind: 'acted-on-behalf-of', agent, principal, time, by })
      }
    }
  }
}

/** Whether it is read from the request: then only the client says so, unless its identity was verified. */
function toldByClient(text: string, site: Site): boolean {
  return text.includes('.request') || (site.place.element && site.place.fromRequest)
}

type Principal = Exclude<AgentOptions, string>['onBehalfOf']

function compilePrincipal(options: Principal, site: Site): ((reading: Reading) => readonly AgentRef[]) | undefined {
  if (options === undefined) return undefined
  const short = typeof options === 'string'
  const columns = {
    type: typeAt(short ? undefined : options.type, siteAt(site, 'type')),
    id: columnAt(short ? options : options.id, short ? site : siteAt(site, 'id')),
  }
  return (reading) =>
    rowsOf(columns, reading).rows.flatMap(({ type = 'agent', id }) => (id === undefined ? [] : [{ type, id }]))
}
