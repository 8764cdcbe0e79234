import { expect } from 'chai'
import { canonicalJson } from '../../core/canonical-json.js'
import type { Micros } from '../../core/ids.js'
import { everyTenant } from '../../core/tenant.js'
import type { RecordedLeaf } from '../../lineage/model/leaf.js'
import { corpusOf, createRandom } from '../support/corpora.js'
import { createTestGraph, second, type TestGraph } from '../support/graphs.js'
import { oracle } from '../support/oracle.js'
import { tellFigures } from '../support/soak-figures.js'

const corpora = Number(process.env['WAYBILL_CORPORA'] ?? 1_000)
const first = Number(process.env['WAYBILL_SEED'] ?? 1)

interface Moment {
  readonly asOf?: Micros
  readonly knownAt?: Micros
}

/** Everything that the graph says at a moment, as canonical text: one line for each node and edge, then each gap. */
function dumpOf(graph: TestGraph, moment: Moment): { readonly merged: string; readonly gaps: string } {
  const { nodes, edges, gaps } = graph.store.whole(moment, everyTenant)
  const lean = nodes.map(({ id, kind, time, project, domain, facets }) => ({
    ...{ id, kind, first: `${time ?? ''} ${JSON.stringify([project, domain])}`, facets },
  }))
  return { merged: linesOf([...lean, ...edges]), gaps: linesOf(gaps) }
}

function linesOf(list: readonly unknown[]): string {
  return list
    .map((one) => canonicalJson(one))
    .sort()
    .join('\n')
}

function shuffled(leaves: readonly RecordedLeaf[], seed: number): RecordedLeaf[] {
  const random = createRandom(seed)
  const twice = [...leaves, ...leaves.filter(() => random(2) === 0)]
  return twice
    .map((leaf) => ({ leaf, key: random(1 << 30) }))
    .sort((a, b) => a.key - b.key)
    .map(({ leaf }) => leaf)
}

describe('merging', function () {
  this.timeout(120_000 + corpora * 20)

  it(`is the same in any order, with repetitions, and as the oracle says (${corpora} corpora from seed ${first})`, () => {
    const graph = createTestGraph()
    for (let seed = first; seed < first + corpora; seed += 1) {
      const corpus = corpusOf(seed)
      const random = createRandom(seed + 1_000_000)
      const past = { asOf: (random(10) * second) as Micros, knownAt: (random(12) * second) as Micros }
      const moments: Moment[] = [{}, past]
      const expected = moments.map(({ asOf = Infinity, knownAt = Infinity }) => oracle(corpus, asOf, knownAt))
      const gaps: string[] = []
      for (const order of [corpus, shuffled(corpus, seed), shuffled(corpus, seed + 7_777)]) {
        graph.empty()
        const perBatch = 1 + (seed % 5)
        for (let at = 0; at < order.length; at += perBatch) graph.project(order.slice(at, at + perBatch))
        for (const [index, moment] of moments.entries()) {
          const dump = dumpOf(graph, moment)
          const { nodes, edges } = expected[index] ?? { nodes: [], edges: [] }
          const context = `seed ${seed} at ${JSON.stringify(moment)}`
          expect(dump.merged, context).to.equal(linesOf([...nodes, ...edges]))
          expect(dump.gaps, context).to.equal((gaps[index] ??= dump.gaps))
        }
      }
    }
    graph.close()
    tellFigures({ corpora })
  })
})
