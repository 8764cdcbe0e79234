import { expect } from 'chai'
import { closeSync, cpSync, fstatSync, ftruncateSync, mkdtempSync, openSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../core/clock.js'
import type { ExchangeId } from '../../core/ids.js'
import { redactionRules } from '../../core/redaction.js'
import { createSignals } from '../../core/signals.js'
import { openLedger } from '../../lineage/ledger/client.js'
import { commitFile, placeAfterHead } from '../../lineage/ledger/commit-files.js'
import { createFrameReader } from '../../lineage/ledger/commit-reader.js'
import { fileLeftCommits } from '../../lineage/ledger/commit-recovery.js'
import type { GapLeaf } from '../../lineage/model/fact.js'
import { commitsOf, createDiskFaults, setCommitDelay, setThreadDeaths } from '../../lineage/sqlite/faults.js'
import { createRecorder } from '../../recorder/recorder.js'
import { defaultRecorderSettings } from '../../recorder/settings.js'
import { leavesIn } from '../support/data-folders.js'
import { kill, startRecorderChild } from '../support/recorder-child.js'
import { captureOf, recordedRoute, recordOf } from '../support/recorded-routes.js'

const nothing = () => undefined

/** Bytes of a commit log file up to the last frame that is whole. */
const endOf = (fd: number) =>
  createFrameReader(fd).read({ from: placeAfterHead(fd), end: fstatSync(fd).size, known: Infinity }).place.at

describe('a disk that fails', function () {
  this.timeout(180_000)
  let dir: string

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-disk-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  function gapsAndCount(folder = dir): { gaps: GapLeaf[]; count: number; has: (id: string) => boolean } {
    const leaves = leavesIn(folder)
    const closed = new Set(leaves.flatMap((leaf) => (leaf.kind === 'exchange' ? [leaf.id] : [])))
    const gaps = leaves.flatMap((leaf) => (leaf.kind === 'gap' ? [leaf] : []))
    return { gaps, count: leaves.length, has: (id) => closed.has(id as ExchangeId) }
  }

  it('full: durable exchanges are answered, and what has no record is counted exactly in a gap', async () => {
    const child = startRecorderChild(
      { dir, mode: 'durable', exchanges: 3_000, fileLimit: 200 * 1024, drain: 500 },
      nothing,
    )
    expect(await child.ended).to.equal(0)
    expect(child.answered.size).to.equal(3_000)
    expect([...child.answered.values()].every((code) => code === null)).to.equal(true)
    const next = startRecorderChild({ dir, mode: 'durable', exchanges: 8 }, nothing)
    expect(await next.ended).to.equal(0)
    const { gaps, has } = gapsAndCount()
    const recorded = child.effects.filter(has).length
    expect(recorded).to.be.greaterThan(0).and.lessThan(3_000)
    expect(gaps.every(({ reason, at, exact }) => reason === 'ledger-unavailable' && at === 'train' && exact)).to.equal(
      true,
    )
    expect(recorded + gaps.reduce((sum, { count }) => sum + count, 0)).to.equal(3_000)
  })

  it('full: required exchanges are refused before they are forwarded; what was sent has a record or a failure', async () => {
    const child = startRecorderChild(
      { dir, mode: 'required', exchanges: 3_000, fileLimit: 200 * 1024, drain: 500 },
      nothing,
    )
    expect(await child.ended).to.equal(0)
    expect(child.refused.length).to.be.greaterThan(0)
    expect(new Set(child.refused)).to.deep.equal(new Set(['WB_RECORD_UNAVAILABLE']))
    const next = startRecorderChild({ dir, mode: 'required', exchanges: 8 }, nothing)
    expect(await next.ended).to.equal(0)
    const { has } = gapsAndCount()
    for (const id of child.effects) expect(child.answered.get(id)).to.equal(has(id) ? null : 'WB_RECORD_FAILED')
  })

  it('slow: with 500 ms a sync all durable exchanges end, in groups, and the proxy thread stays free', async () => {
    const faults = createDiskFaults()
    const signals = createSignals()
    const route = recordedRoute('train')
    const ledger = await openLedger({ dir, signals, faults })
    const settings = defaultRecorderSettings
    const parts = { dir, ledger, routes: [route], rules: redactionRules(), settings, clock: systemClock, signals }
    const recorder = await createRecorder(parts)
    const before = commitsOf(faults)
    setCommitDelay(faults, 500)
    let turns = 0
    const ticking = setInterval(() => (turns += 1), 5)
    const one = async (): Promise<void> => {
      const record = recordOf(route)
      const { id, mode, startedAt: time } = record
      await new Promise((resolve) => recorder.open({ id, mode, time, route: 'train', method: 'POST' }, resolve))
      await new Promise((resolve) => recorder.close(record, captureOf('', ''), resolve))
    }
    await Promise.all(Array.from({ length: 500 }, one))
    clearInterval(ticking)
    expect(commitsOf(faults) - before).to.be.lessThan(20)
    expect(turns).to.be.greaterThan(20)
    setCommitDelay(faults, 0)
    await recorder.shutdown()
    await ledger.close()
    expect(gapsAndCount()).to.deep.include({ gaps: [], count: 500 })
  })

  it('with a ledger thread that dies: nothing is lost, and it goes on', async () => {
    const faults = createDiskFaults()
    const signals = createSignals()
    const route = recordedRoute('train')
    const ledger = await openLedger({ dir, signals, faults })
    const settings = defaultRecorderSettings
    const parts = { dir, ledger, routes: [route], rules: redactionRules(), settings, clock: systemClock, signals }
    const recorder = await createRecorder(parts)
    let restarts = 0
    signals.ledgerRestarted.subscribe(() => (restarts += 1))
    for (let death = 0; death < 3; death += 1) {
      setThreadDeaths(faults, 1)
      const close = () => new Promise((resolve) => recorder.close(recordOf(route), captureOf('', ''), resolve))
      await Promise.all(Array.from({ length: 50 }, close))
    }
    expect(restarts).to.equal(3)
    await recorder.shutdown()
    await ledger.close()
    expect(gapsAndCount()).to.deep.include({ gaps: [], count: 150 })
  })

  it('lying about its syncs: the leaves that it lost are counted at the next start', async () => {
    const child = startRecorderChild(
      { dir, mode: 'durable', exchanges: 1_000_000 },
      ({ answered, process: running }) => {
        if (answered.size === 200) running.kill('SIGKILL')
      },
    )
    await child.ended
    await kill(child)
    // What was never on the disk: half of the log, and all that was filed of it.
    const rest = mkdtempSync(join(tmpdir(), 'waybill-rest-'))
    cpSync(dir, rest, { recursive: true })
    fileLeftCommits(rest)
    const { count: before } = gapsAndCount(rest)
    rmSync(rest, { recursive: true })
    truncateSync(join(dir, 'ledger.db-wal'))
    const log = openSync(commitFile(dir, 0), 'r+')
    ftruncateSync(log, Math.floor(endOf(log) / 2))
    closeSync(log)
    fileLeftCommits(dir)
    const { count: after } = gapsAndCount()
    const next = startRecorderChild({ dir, mode: 'durable', exchanges: 8 }, nothing)
    expect(await next.ended).to.equal(0)
    const [lost, ...more] = gapsAndCount().gaps.filter(({ reason }) => reason === 'ledger-truncated')
    expect(more).to.deep.equal([])
    expect(lost?.exact).to.equal(true)
    // What was stored and not yet acknowledged is not counted: those are in-flight-at-crash.
    expect(lost?.count)
      .to.be.greaterThan(0)
      .and.at.most(before - after)
  })
})
