import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newExchangeId, type ExchangeId } from '../../core/ids.js'
import { openLedgerRows } from '../../lineage/ledger/reader.js'
import type { Leaf } from '../../lineage/model/leaf.js'
import { kill, startRecorderChild, type ChildOptions } from '../support/recorder-child.js'
import { modelUse } from '../support/recorded-routes.js'
import { tellFigures } from '../support/soak-figures.js'

const kills = Number(process.env['WAYBILL_RECORDER_KILLS'] ?? 200)

/** Numbers from 0 to 1 that a seed gives again. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

describe('kill -9 between an upstream’s effect and the commit', function () {
  this.timeout(600_000 + kills * 3_000)
  let dir: string

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-kill-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  /** Kills a process after the `at`-th effect, `times` times over the same folder; all effects there were. */
  async function killOften(times: number, options: Omit<ChildOptions, 'dir'>): Promise<string[]> {
    const seed = Number.parseInt(newExchangeId().slice(0, 8), 16)
    console.log(`      seed ${seed}`)
    const random = seeded(seed)
    const effects: string[] = []
    for (let round = 0; round < times; round += 1) {
      const at = 1 + Math.floor(random() * 60)
      const child = startRecorderChild({ ...options, dir }, ({ effects: { length }, process: running }) => {
        if (length === at) running.kill('SIGKILL')
      })
      await child.ended
      await kill(child)
      effects.push(...child.effects)
    }
    const last = startRecorderChild({ ...options, dir, exchanges: 8 }, () => undefined)
    expect(await last.ended).to.equal(0)
    return [...effects, ...last.effects]
  }

  function leavesOf(effects: readonly string[]): Map<string, Leaf[]> {
    const rows = openLedgerRows(dir)
    const found = new Map(effects.map((id) => [id, rows.leavesOf(id as ExchangeId).map(({ leaf }) => leaf)]))
    rows.close()
    return found
  }

  const closes = (leaf: Leaf) =>
    leaf.kind === 'exchange' || (leaf.kind === 'gap' && leaf.reason === 'in-flight-at-crash')

  for (const [mode, times] of [
    ['durable', Math.ceil(kills * 0.7)],
    ['async', Math.ceil(kills * 0.2)],
    ['required', Math.ceil(kills * 0.1)],
  ] as const) {
    it(`leaves a record or a named gap for every effect, ${times} times in mode ${mode}`, async () => {
      const effects = await killOften(times, { mode, exchanges: 1_000_000 })
      const found = leavesOf(effects)
      for (const [id, leaves] of found) expect(leaves.filter(closes), id).to.have.length(1)
      const gaps = [...found.values()].flat().filter(({ kind }) => kind === 'gap')
      tellFigures({ kills: times, effects: effects.length, named: gaps.length })
      expect(gaps).not.to.be.empty
      const rows = openLedgerRows(dir)
      const bounds = rows.leavesAfter(0, 1_000_000).filter(({ leaf }) => leaf.kind === 'gap' && leaf.exchange === null)
      rows.close()
      expect(
        bounds.map(({ leaf }) => leaf),
        'gaps that name nothing',
      ).to.deep.equal([])
    })
  }

  it('names the facts that were lost with their worker', async () => {
    const body = '{"run":7,"model":"churn","version":"3"}'
    const effects = await killOften(20, { mode: 'durable', exchanges: 1_000_000, uses: [modelUse], body })
    for (const [id, leaves] of leavesOf(effects)) {
      expect(leaves.filter(closes), id).to.have.length(1)
      const recorded = leaves.some(({ kind }) => kind === 'exchange')
      const told = leaves.some((leaf) => leaf.kind === 'facts' || (leaf.kind === 'gap' && leaf.reason === 'facts-lost'))
      expect(told || !recorded, `${id} has facts or a gap for them`).to.equal(true)
    }
  })
})
