// The gatherers that there are, by name. Adding one is a line here.
import type { AnyGatherer } from './contract.js'
import { httpJson } from './http-json/http-json.js'

const all: ReadonlyMap<string, AnyGatherer> = new Map([httpJson].map((one) => [one.name, one] as const))

export function gathererNamed(name: string): AnyGatherer | undefined {
  return all.get(name)
}

export function gathererNames(): readonly string[] {
  return [...all.keys()]
}
