// The gatherers that there are, by name. Adding one is a line here.
import type { AnyGatherer } from './contract.js'
import { httpJson } from './http-json/http-json.js'
import { mlflowGatherer } from './mlflow/mlflow.js'
import { s3Gatherer } from './s3/s3.js'

const gatherers: readonly AnyGatherer[] = [httpJson, mlflowGatherer, s3Gatherer]
const all: ReadonlyMap<string, AnyGatherer> = new Map(gatherers.map((one) => [one.name, one]))

export function gathererNamed(name: string): AnyGatherer | undefined {
  return all.get(name)
}

export function gathererNames(): readonly string[] {
  return [...all.keys()]
}
