// The s3 gatherer as its tests use it.
import { createHash } from 'node:crypto'
import { expect } from 'chai'
import type { CompileContext, CompiledGatherer } from '../../../gatherers/contract.js'
import { s3Gatherer } from '../../../gatherers/s3/s3.js'
import type { Fact, FactKind } from '../../../lineage/model/fact.js'

export function gathererWith(options: unknown, over: Partial<CompileContext> = {}): CompiledGatherer {
  const service = { name: 'store', kind: 's3', url: 'http://127.0.0.1:9000' }
  return s3Gatherer.compile(s3Gatherer.options.parse(options), { route: 'store', service, stripPrefix: '', ...over })
}

/** The one fact of its kind. */
export function only<K extends FactKind>(facts: readonly Fact[], kind: K): Extract<Fact, { kind: K }> {
  const found = facts.filter((fact): fact is Extract<Fact, { kind: K }> => fact.kind === kind)
  expect(found, kind).to.have.length(1)
  return found[0]!
}

export function sha256(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}
