import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { z } from 'zod'
import type { AnyEndpoint } from '../../../../core/endpoint.js'
import type { NodeId } from '../../../../core/ids.js'
import { createSignals } from '../../../../core/signals.js'
import { everyTenant } from '../../../../core/tenant.js'
import { lineageEndpoints } from '../../../../lineage/endpoints.js'
import { openGraph, type GraphClient } from '../../../../lineage/graph/client.js'
import { graphFile } from '../../../../lineage/graph/schema.js'
import { openLedger, type LedgerClient } from '../../../../lineage/ledger/client.js'
import type { Subgraph } from '../../../../lineage/ports.js'
import { openDatabase } from '../../../../lineage/sqlite/driver.js'
import { edgesOf, exchangeId, factsOf, generated, recordOf, used } from '../../../support/graphs.js'
import { batchOf } from '../../../support/leaves.js'

describe('the graph behind its thread', () => {
  let dir: string
  let ledger: LedgerClient
  let graph: GraphClient
  const signals = createSignals()

  const start = async (): Promise<void> => {
    ledger = await openLedger({ dir, signals })
    graph = await openGraph({ dir, signals, filed: () => ledger.filed() })
    ledger.onFiled((seq) => graph.advance(seq))
  }
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-graph-'))
    await start()
  })
  afterEach(async () => {
    await graph.close()
    await ledger.close()
    rmSync(dir, { recursive: true })
  })

  const facts = [used(1, 'run:1', 'object:a@1'), generated(2, 'run:1', 'model:m@1')]
  const closure = async (root: string): Promise<Subgraph | undefined> =>
    graph.closure(root as NodeId, 'up', { depth: 50, limit: 100 }, everyTenant)

  it('follows the ledger, and is rebuilt where it is gone', async () => {
    await ledger.append(batchOf(recordOf(1), factsOf(1, facts)))
    await graph.caughtUp()
    const expected = ['model:m@1 generated run:1', 'run:1 used object:a@1']
    const before = await closure('model:m@1')
    expect(before && edgesOf(before)).to.deep.equal(expected)

    await graph.close()
    await ledger.close()
    for (const end of ['', '-wal', '-shm']) rmSync(join(dir, `graph.db${end}`), { force: true })
    await start()
    await graph.caughtUp()
    expect(await closure('model:m@1')).to.deep.equal(before)
  })

  it('says of a leaf that can’t be read that it is not projected, and goes on with the next one', async () => {
    await ledger.append({ ids: [`f/${exchangeId(1)}/0`], bodies: ['{"kind":"facts"'] })
    await ledger.append(batchOf(recordOf(2), factsOf(2, facts)))
    await graph.caughtUp()
    const custody = await closure('model:m@1')
    expect(custody && edgesOf(custody)).to.have.length(2)
    const file = openDatabase(join(dir, graphFile), { readonly: true, synchronous: 'FULL' })
    expect(file.prepare('SELECT reason, at FROM gap').all()).to.deep.equal([{ reason: 'not-projected', at: 'ledger' }])
    file.close()
  })

  it('answers the operations of the control API', async () => {
    await ledger.append(batchOf(recordOf(1), factsOf(1, facts)))
    await graph.caughtUp()
    const endpoints = lineageEndpoints({ graph, ledger: graph })
    const call = async (operationId: string, params: object, query: object): Promise<unknown> => {
      const endpoint = endpoints.find((one) => one.operationId === operationId) as AnyEndpoint
      const input = {
        params: (endpoint.params as z.ZodType).parse(params),
        query: (endpoint.query as z.ZodType).parse(query),
        body: undefined,
      }
      return (endpoint.response as z.ZodType).parse(await endpoint.handle(input, { scope: everyTenant }))
    }
    const custody = (await call('custody', { node: exchangeId(1) }, {})) as Subgraph
    expect(edgesOf(custody)).to.include(`${exchangeId(1)} recorded model:m@1`)
    expect(custody.nodes[0]?.facets['exchange']).to.include({ method: 'POST', status: 200 })
    expect(await call('lineage', { node: 'object:a@1' }, { direction: 'down', depth: '1' })).to.include({
      truncated: true,
    })
    expect(await call('path', {}, { from: 'object:a@1', to: 'model:m@1' }))
      .to.have.property('edges')
      .of.length(2)
    expect(await call('entities', {}, { type: 'model', q: 'M' }))
      .to.have.property('items')
      .of.length(1)
    expect(await call('entity', { node: 'model:m' }, {})).to.include({ id: 'model:m@1', project: 'default' })
    expect(await call('exchanges', {}, { limit: '10' }))
      .to.have.property('items')
      .of.length(1)
    expect(await call('exchange', { id: exchangeId(1) }, {}))
      .to.have.property('facts')
      .of.length(1)
    expect(await call('coverage', {}, {})).to.deep.equal([
      {
        service: 'object',
        referenced: 1,
        observed: 0,
        unseen: [{ id: 'object:a@1', reason: 'origin-not-observed', references: 1 }],
      },
    ])
    const missing = await call('custody', { node: 'model:n@1' }, {}).catch((thrown: unknown) => thrown)
    expect(missing).to.include({ code: 'WB_NODE_NOT_FOUND' }).and.property('hint').includes('model:m@1')
    const before = await call('custody', { node: 'model:m@1' }, { asOf: '1970-01-01T00:00:00Z' }).catch(String)
    expect(before).to.equal('WaybillError: no node or exchange model:m@1 as of 1970-01-01T00:00:00.000000Z')
    const early = await call('entity', { node: 'model:m@1' }, { knownAt: '1970-01-01T00:00:00Z' }).catch(
      (e: unknown) => e,
    )
    expect(early).to.have.property('hint').includes('leave the time out')
    for (const query of [{ asOf: '1970-01-01T00:00:00Z' }, { knownAt: '1970-01-01T00:00:00Z' }]) {
      const none = await call('custody', { node: exchangeId(1) }, query).catch((thrown: unknown) => thrown)
      expect(none).to.have.property('hint').includes('leave the time out')
      const never = await call('custody', { node: exchangeId(9) }, query).catch((thrown: unknown) => thrown)
      expect(never).to.have.property('hint').not.includes('leave the time out')
    }
    const logo = { type: 'object', name: 'logo@2x', version: '1' }
    await ledger.append(batchOf(recordOf(2), factsOf(2, [{ ...generated(1, 'put:1', ''), ...{ entity: logo } }])))
    await graph.caughtUp()
    const asItIs = await call('custody', { node: 'object:logo@2x@1' }, {}).catch((thrown: unknown) => thrown)
    expect(asItIs)
      .to.have.property('hint')
      .that.matches(/^Near matches: object:logo%402x@1.*`@` of a name are written/)
    const odd = await call('custody', { node: 'zzz' }, {}).catch((thrown: unknown) => thrown)
    expect(odd).to.have.property('hint').includes('type:name[@version]')
  })
})
