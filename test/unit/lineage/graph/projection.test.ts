import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRests } from '../../../../core/processor-share.js'
import { createSignals } from '../../../../core/signals.js'
import { everyTenant } from '../../../../core/tenant.js'
import type { Micros, NodeId } from '../../../../core/ids.js'
import { openGraph } from '../../../../lineage/graph/client.js'
import { planOf } from '../../../../lineage/graph/planning.js'
import { openLedger } from '../../../../lineage/ledger/client.js'
import type { Leaf, RecordedLeaf } from '../../../../lineage/model/leaf.js'
import { openDatabase } from '../../../../lineage/sqlite/driver.js'
import { createTestGraph, edgesOf, factsOf, generated, longFactsOf, recordOf, used } from '../../../support/graphs.js'
import { batchOf } from '../../../support/leaves.js'

function recorded(...leaves: readonly Leaf[]): RecordedLeaf[] {
  return leaves.map((leaf, index) => ({ seq: index + 1, recorded: (index + 1) as Micros, leaf }))
}

describe('the projection', () => {
  it('keeps every fact of a leaf that has very many', () => {
    const graph = createTestGraph()
    const inputs = Array.from({ length: 1_001 }, (_, index) => `object:in-${index}@1`)
    graph.add(factsOf(1, [...inputs.map((input) => used(1, 'run:1', input)), generated(2, 'run:1', 'model:m@1')]))
    const expected = ['model:m@1 generated run:1', ...inputs.map((input) => `run:1 used ${input}`)]
    expect(edgesOf(graph.up('model:m@1'))).to.deep.equal(expected.sort())
    graph.close()
  })

  it('keeps nothing of a batch that one leaf spoils, and all of the others once they come without it', () => {
    const graph = createTestGraph()
    const whole = [recordOf(1), factsOf(1, [used(1, 'run:1', 'object:a@1'), generated(2, 'run:1', 'model:m@1')])]
    const spoilt = factsOf(2, [{ ...used(3, 'run:2', 'object:b@1'), time: 'later' as unknown as Micros }])
    expect(() => graph.project(recorded(...whole, spoilt))).to.throw('stands where a number is expected')
    expect(graph.store.node('model:m@1' as NodeId, everyTenant, {})).to.equal(undefined)
    graph.project(recorded(...whole))
    expect(edgesOf(graph.up('model:m@1'))).to.deep.equal(['model:m@1 generated run:1', 'run:1 used object:a@1'])
    expect(graph.store.node('run:2' as NodeId, everyTenant, {})).to.equal(undefined)
    graph.close()
  })

  it('takes leaves that hold more than one plan may in several, and keeps all of them', () => {
    const graph = createTestGraph()
    const leaves = recorded(...[1, 2, 3].map((number) => longFactsOf(number, 5_000_000)))
    expect(planOf(leaves, createRests(undefined)).leaves).to.equal(2)
    graph.project(leaves)
    for (const number of [1, 2, 3]) {
      const notes = graph.store.node(`run:${number}` as NodeId, everyTenant, {})?.facets['notes']
      expect(notes === `${number}`.repeat(5_000_000), `notes of ${number}`).to.equal(true)
    }
    graph.close()
  })

  it('refuses a leaf that names no exchange', () => {
    const { exchange, ...nameless } = factsOf(1, [used(1, 'run:1', 'object:a@1')])
    const graph = createTestGraph()
    expect(exchange).to.be.a('string')
    expect(() => graph.project(recorded(nameless as Leaf))).to.throw('stands where a text is expected')
    graph.close()
  })

  it('finds the generations of an exchange in whatever order they come, in one batch or several', () => {
    const leaf = (generation: number): RecordedLeaf => ({
      seq: generation + 1,
      recorded: (generation + 1) as Micros,
      leaf: factsOf(1, [used(1, 'run:1', `object:in@${generation}`)], { generation }),
    })
    for (const batches of [
      [[0, 1, 2]],
      [[2], [0], [1]],
      [
        [1, 0],
        [2, 1],
      ],
      [[2, 2, 1], [0]],
    ]) {
      const graph = createTestGraph()
      for (const batch of batches) graph.project(batch.map(leaf))
      expect(edgesOf(graph.up('run:1'))).to.deep.equal(['run:1 used object:in@2'])
      const then = graph.store.closure(
        'run:1' as NodeId,
        'up',
        { depth: 5, limit: 10, knownAt: 2 as Micros },
        everyTenant,
      )
      expect(then && edgesOf(then)).to.deep.equal(['run:1 used object:in@1'])
      graph.close()
    }
  })

  it('begins anew in a file with the tables of another version, also in one that never had a leaf', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'waybill-projection-'))
    const old = openDatabase(join(dir, 'graph.db'), { readonly: false, synchronous: 'NORMAL' })
    old.exec('CREATE TABLE position (id INTEGER PRIMARY KEY, seq INTEGER, recorded INTEGER, projection INTEGER)')
    old.exec('INSERT INTO position VALUES (1, 0, 0, 0); CREATE TABLE edge (src INTEGER); PRAGMA user_version = 1')
    old.close()
    const signals = createSignals()
    const ledger = await openLedger({ dir, signals })
    const graph = await openGraph({ dir, signals, filed: () => ledger.filed() })
    await ledger.append(batchOf(recordOf(1), factsOf(1, [generated(2, 'run:1', 'model:m@1')])))
    await graph.caughtUp()
    expect(await graph.node('model:m@1' as NodeId, everyTenant, {})).to.include({ id: 'model:m@1' })
    await graph.close()
    await ledger.close()
    rmSync(dir, { recursive: true })
  })
})
