// The example platform behind Waybill: custody leads from an answer to the people and objects behind it, a changed label
// changes exactly what follows from it, and what was not recorded is named.
import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readDigits } from '../../examples/platform/digits.js'
import { correctLabel, trainAndAsk, type Played } from '../../examples/platform/scenario.js'
import { startPlatform, type Platform } from '../../examples/platform/start.js'
import type { Subgraph } from '../../lineage/ports.js'
import { startWaybill, type TestWaybill } from '../support/waybill.js'

interface Stage {
  readonly platform: Platform
  readonly waybill: TestWaybill
  readonly played: Played
}

/** The example with its scenario played, through a gateway on free ports. */
async function withPlatform(change: (yaml: string) => string, body: (stage: Stage) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'platform-'))
  const platform = await startPlatform({ dir })
  try {
    const ports = /^(listeners|control):.*$/gm
    const waybill = await startWaybill(change(platform.configuration).replace(ports, ''))
    try {
      platform.through(waybill.url)
      await body({ platform, waybill, played: await platform.playOnce() })
    } finally {
      await waybill.stop()
    }
  } finally {
    await platform.close()
    rmSync(dir, { recursive: true })
  }
}

async function custodyOfAnswer(waybill: TestWaybill, { answers }: Played): Promise<Subgraph> {
  await waybill.settled()
  const exchange = answers[0]?.exchange
  expect(exchange).to.match(/^[0-9a-f]{32}$/)
  return waybill.query<Subgraph>(`/v1/custody/${exchange ?? ''}`)
}

function withoutRecording(route: string): (yaml: string) => string {
  return (yaml) => yaml.replace(`  - name: ${route}\n`, `  - name: ${route}\n    record: off\n`)
}

const idsOf = (custody: Subgraph) => custody.nodes.map(({ id }) => String(id))
const ofType = (custody: Subgraph, type: string) =>
  custody.nodes.filter((node) => node.type === type).map(({ id }) => String(id))
const gapsOf = (custody: Subgraph) => custody.gaps.map(({ reason, at }) => `${reason} ${at}`)

function linksOf(custody: Subgraph, kind: string): string[] {
  return custody.edges.filter((edge) => edge.kind === kind).map(({ from, to }) => `${from} → ${to}`)
}

describe('the example platform behind Waybill', function () {
  // each test fits a model or two
  this.timeout(60_000)

  it('leads from an answer to the model, its run, the labels with their annotators, and the objects', async () => {
    await withPlatform(
      (yaml) => yaml,
      async ({ waybill, played }) => {
        const custody = await custodyOfAnswer(waybill, played)
        const run = `training-run:trainer/${played.trained.job}`
        expect(gapsOf(custody)).to.deep.equal([])
        expect(custody.truncated).to.equal(false)
        expect(ofType(custody, 'answer')).to.have.length(1)
        expect(ofType(custody, 'model')).to.deep.equal(['model:models/digits@1'])
        expect(linksOf(custody, 'generated')).to.include.members([
          `model:models/digits@1 → ${run}`,
          'annotation-set:labels/digits@1 → export:digits/1',
          'annotation:labels/digits-02@1 → labelling:digits-02/1',
        ])
        expect(linksOf(custody, 'used')).to.include(`${run} → annotation-set:labels/digits@1`)
        expect(linksOf(custody, 'used').filter((link) => link.startsWith('export:digits/1'))).to.have.length(6)
        expect(ofType(custody, 'object').filter((id) => id.startsWith('object:s3://lake/scans/'))).to.have.length(6)
        expect(linksOf(custody, 'attributed-to')).to.include.members([
          'labelling:digits-03/1 → person:alice',
          'labelling:digits-04/1 → person:bob',
          `${run} → person:carol`,
        ])
        expect(idsOf(custody).filter((id) => id.endsWith(':dana'))).to.have.length(1)
        const facets = custody.nodes.find(({ id }) => String(id) === run)?.facets ?? {}
        expect(facets['state']).to.include({ phase: 'COMPLETE' })
        expect(facets['metrics']).to.include({ accuracy: played.trained.accuracy })
      },
    )
  })

  it('changes in exactly one annotation version, and what follows from it, when one label changes', async () => {
    await withPlatform(
      (yaml) => yaml,
      async ({ platform, waybill, played }) => {
        const before = await custodyOfAnswer(waybill, played)
        await correctLabel(platform.addresses(), 'digits-05', { annotator: 'alice', row: 11, label: 4 })
        const again = await trainAndAsk(platform.addresses(), readDigits().unseen.slice(0, 1))
        const after = await custodyOfAnswer(waybill, again)
        expect(gapsOf(after)).to.deep.equal([])
        const used = (custody: Subgraph) =>
          linksOf(custody, 'used').flatMap((link) => link.match(/^export:\S+ → (annotation:.*)$/)?.slice(1) ?? [])
        expect(used(after).filter((id) => !used(before).includes(id))).to.deep.equal(['annotation:labels/digits-05@2'])
        expect(used(before).filter((id) => !used(after).includes(id))).to.deep.equal(['annotation:labels/digits-05@1'])
        const run = (play: Played) => `training-run:trainer/${play.trained.job}`
        const own = (play: Played, version: number, custody: Subgraph) => [
          ...ofType(custody, 'answer'),
          ...ofType(custody, 'inference'),
          ...idsOf(custody).filter((id) => id.includes(play.answers[0]?.exchange ?? '')),
          `model:models/digits@${version}`,
          run(play),
          `annotation-set:labels/digits@${version}`,
          `export:digits/${version}`,
        ]
        const only = (one: Subgraph, other: Subgraph) => idsOf(one).filter((id) => !idsOf(other).includes(id))
        const correction = ['annotation:labels/digits-05@2', 'correction:digits-05/2']
        expect(only(before, after)).to.have.members([...new Set(own(played, 1, before))])
        expect(only(after, before)).to.have.members([...new Set([...own(again, 2, after), ...correction])])
        expect(linksOf(after, 'attributed-to')).to.include('correction:digits-05/2 → person:alice')
      },
    )
  })

  it('names the gap where one service is not recorded', async () => {
    await withPlatform(withoutRecording('annotations'), async ({ waybill, played }) => {
      const custody = await custodyOfAnswer(waybill, played)
      expect(ofType(custody, 'annotation')).to.deep.equal([])
      expect(gapsOf(custody)).to.deep.equal(['origin-not-observed annotation-set:labels/digits@1'])
    })
    await withPlatform(withoutRecording('trainer'), async ({ waybill, played }) => {
      const custody = await custodyOfAnswer(waybill, played)
      expect(gapsOf(custody)).to.deep.equal(['origin-not-observed model:models/digits@1'])
    })
  })

  it('makes the services see the same calls with and without the gateway', async () => {
    const direct = await startWatched()
    await direct.platform.playOnce()
    await direct.end()
    const through = await startWatched()
    const ports = /^(listeners|control):.*$/gm
    const waybill = await startWaybill(through.platform.configuration.replace(ports, ''))
    through.platform.through(waybill.url)
    await through.platform.playOnce()
    await waybill.stop()
    await through.end()
    expect(through.calls()).to.deep.equal(direct.calls())
  })
})

interface Watched {
  readonly platform: Platform
  /** method, path and the fields that mean something to a service, ids made equal; polls count once */
  calls(): string[]
  end(): Promise<void>
}

async function startWatched(): Promise<Watched> {
  const dir = mkdtempSync(join(tmpdir(), 'platform-'))
  const platform = await startPlatform({ dir })
  const calls = new Set<string>()
  for (const [name, { server }] of Object.entries(platform.services)) {
    server.on('request', ({ method = '', url = '', headers }: IncomingMessage) => {
      const fields = ['authorization', 'content-type', 'content-length', 'accept', 'waybill-exchange']
      const sent = fields.map((field) => `${field}=${String(headers[field] ?? '')}`).join(' ')
      calls.add(`${name} ${method} ${url.replaceAll(/[0-9a-f]{8,}/g, '…')} ${sent}`)
    })
  }
  return {
    platform,
    calls: () => [...calls].sort(),
    end: async () => {
      await platform.close()
      rmSync(dir, { recursive: true })
    },
  }
}
