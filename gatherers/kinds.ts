// Service kinds: what a service is decides how its paths are read and which gatherers look at it where a route names none.
import type { GathererUse } from './contract.js'

export interface ServiceKind {
  readonly name: string
  /** one sentence for the reference documentation */
  readonly doc: string
  readonly path: 'strict' | 'opaque'
  readonly gather: readonly GathererUse[]
}

const kinds: readonly ServiceKind[] = [
  { name: 'http', doc: 'Any HTTP service; gathers what its routes say.', path: 'strict', gather: [] },
]

export const defaultKind = 'http'

export function serviceKind(name: string): ServiceKind | undefined {
  return kinds.find((kind) => kind.name === name)
}

export function serviceKindNames(): readonly string[] {
  return kinds.map((kind) => kind.name)
}
