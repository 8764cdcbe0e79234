// The rules of measuring: a figure is printed only if every request was answered well, arrived, and was recorded.

export class Refused extends Error {
  constructor(message: string) {
    super(`no figure: ${message}`)
    this.name = 'Refused'
  }
}

export function refuseUnless(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Refused(message)
}

export interface Tally {
  /** who was measured */
  readonly name: string
  readonly answered: number
  readonly non2xx: number
  readonly broken: number
  /** requests that the upstream counted */
  readonly arrived: number
}

export function refuseBadLoad(tally: Tally): void {
  const { name, answered, non2xx, broken, arrived } = tally
  refuseUnless(non2xx === 0, `${name}: ${non2xx} answers other than 2xx`)
  refuseUnless(broken === 0, `${name}: ${broken} requests failed`)
  refuseUnless(answered > 0, `${name}: nothing was answered`)
  refuseUnless(arrived === answered, `${name}: ${answered} answers, but ${arrived} requests reached the upstream`)
}

export interface Recorded {
  readonly records: number
  readonly gaps: number
  /** whether the graph holds all that the ledger holds */
  readonly drained: boolean
}

export function refuseBadRecord(name: string, requests: number, recorded: Recorded): void {
  const { records, gaps, drained } = recorded
  refuseUnless(records + gaps === requests, `${name}: ${requests} requests, ${records} records and ${gaps} in gaps`)
  refuseUnless(drained, `${name}: the projection has not drained`)
}
