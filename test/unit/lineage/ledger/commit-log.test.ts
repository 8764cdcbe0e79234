import { expect } from 'chai'
import fc from 'fast-check'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../../../core/clock.js'
import type { WaybillError } from '../../../../core/errors.js'
import { createSignals } from '../../../../core/signals.js'
import { commitCells, newCommitCells, type CommitCells } from '../../../../lineage/ledger/commit-cells.js'
import { followCommits } from '../../../../lineage/ledger/commit-follower.js'
import { commitFile } from '../../../../lineage/ledger/commit-files.js'
import { openCommitLog, type CommitLog } from '../../../../lineage/ledger/commit-log.js'
import { fileLeftCommits, recoverCommits } from '../../../../lineage/ledger/commit-recovery.js'
import { openLedger } from '../../../../lineage/ledger/client.js'
import { appendMessage } from '../../../../lineage/ledger/protocol.js'
import { openLedgerStore } from '../../../../lineage/ledger/store.js'
import {
  createDiskFaults,
  setDiskFull,
  setLateThreadDeaths,
  setThreadDeaths,
} from '../../../../lineage/sqlite/faults.js'
import { committedLeaves, leavesIn } from '../../../support/data-folders.js'
import { batchOf, exchangeRecord, gapLeaf } from '../../../support/leaves.js'
import { until } from '../../../support/until.js'

describe('commit log', () => {
  let dir: string
  let cells: CommitCells
  let log: CommitLog
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-commits-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  /** A log as a process begins it. */
  const begin = (): void => {
    cells = commitCells(newCommitCells())
    const store = openLedgerStore(dir)
    recoverCommits(dir, store, cells)
    store.close()
    log = openCommitLog({ dir, cells, clock: systemClock })
  }
  const gapsOf = (ids: readonly string[], padding = 0) => ids.map((id) => gapLeaf(id, { at: 'é'.repeat(padding) }))
  const append = (ids: readonly string[], padding?: number): void =>
    log.append([appendMessage(1, batchOf(...gapsOf(ids, padding)))])
  const filed = (): string[] => leavesIn(dir).flatMap((leaf) => (leaf.kind === 'gap' ? [leaf.id] : []))

  it('has after a crash each commit whole or not at all, wherever its file was cut, and nothing of earlier runs behind it', () => {
    let run = 0
    const commits = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(commits, fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean(), (counts, where, zeros) => {
        begin()
        const before = filed()
        const ends: number[] = []
        const names: string[][] = []
        for (const [at, count] of counts.entries()) {
          names.push(Array.from({ length: count }, (_, leaf) => `${(run += 1)}/${at}/${leaf}`))
          append(names.at(-1) ?? [], at * 7)
          ends.push(cells.end(cells.current()))
        }
        log.close()
        const file = commitFile(dir, cells.current())
        const bytes = readFileSync(file)
        const cut = Math.floor(16 + where * ((ends.at(-1) ?? 16) - 16))
        writeFileSync(
          file,
          zeros ? Buffer.concat([bytes.subarray(0, cut), Buffer.alloc(bytes.length - cut)]) : bytes.subarray(0, cut),
        )
        const whole = names.filter((_, at) => (ends[at] ?? 0) <= cut).flat()
        fileLeftCommits(dir)
        expect(filed()).to.deep.equal([...before, ...whole])
      }),
      { numRuns: 150 },
    )
  })

  it('never reads what an earlier use of a file has left where the next frame would be', () => {
    begin()
    append(['a'])
    append(['b'])
    log.close()
    const old = readFileSync(commitFile(dir, 0))
    fileLeftCommits(dir)
    begin()
    append(['c'])
    log.close()
    const now = readFileSync(commitFile(dir, 0))
    // A new frame as long as the old one at its place, and the old one behind it.
    expect(old.subarray(cells.end(0), cells.end(0) + 24)).to.deep.equal(now.subarray(cells.end(0), cells.end(0) + 24))
    expect(old.readUInt32LE(cells.end(0))).to.not.equal(0)
    fileLeftCommits(dir)
    expect(filed()).to.deep.equal(['a', 'b', 'c'])
  })

  it('goes from file to file when the other one is filed, gives each frame once, and begins anew over old bytes', () => {
    begin()
    const reader = followCommits(dir, 0, cells)
    const given: string[] = []
    /** frames given at once */
    const sizes = new Set<number>()
    const take = (): void => {
      for (let many = false; ; many = !many) {
        const frames = reader.next(many)
        if (frames.length === 0) return
        sizes.add(frames.length)
        given.push(...frames.flatMap(({ ids }) => ids))
        reader.filed()
      }
    }
    const turns = new Set<string>()
    const all: string[] = []
    for (let count = 0; count < 120; count += 1) {
      const id = `queue-full/${count}`
      append([id], 200_000)
      all.push(`g/${id}`)
      // The reader stands still while the log turns to the other file and fills that as well.
      if (count < 10 || count > 60) take()
      turns.add(`${cells.current()}`)
    }
    take()
    expect(given).to.deep.equal(all)
    expect([Math.min(...sizes), Math.max(...sizes)], 'more where many are wanted').to.deep.equal([1, 10])
    expect([...turns]).to.deep.equal(['0', '1'])
    expect(log.taken()).to.equal(120)
    expect(reader.waits()).to.equal(false)
    append(['last'])
    for (const file of [0, 1] as const) expect(statSync(commitFile(dir, file)).size).to.be.lessThan(34 * 1024 * 1024)
    reader.close()
    log.close()
  })

  it('keeps nothing of a commit that failed', () => {
    begin()
    append(['a'])
    const faults = createDiskFaults()
    const failing = openCommitLog({ dir, cells, clock: systemClock, faults })
    setDiskFull(faults, true)
    expect(() => failing.append([appendMessage(1, batchOf(gapLeaf('b')))])).to.throw('full')
    setDiskFull(faults, false)
    failing.append([appendMessage(1, batchOf(gapLeaf('c')))])
    failing.close()
    log.close()
    fileLeftCommits(dir)
    expect(filed()).to.deep.equal(['a', 'c'])
  })

  describe('with its threads', () => {
    it('holds what is acknowledged, whether or not it is filed, also when its file is read in the middle of use', async () => {
      const ledger = await openLedger({ dir, signals: createSignals() })
      const records = Array.from({ length: 60 }, () => exchangeRecord())
      for (const record of records) {
        await ledger.append(batchOf(record))
        expect(committedLeaves(dir).at(-1)).to.deep.equal(record)
      }
      await ledger.close()
      expect(leavesIn(dir)).to.deep.equal(records)
    })

    for (const [when, kill] of [
      ['before', setThreadDeaths],
      ['after', setLateThreadDeaths],
    ] as const) {
      it(`files each leaf once when the filing thread dies ${when} its commit, and goes on without it meanwhile`, async () => {
        const filingFaults = createDiskFaults()
        const signals = createSignals()
        const deaths: string[] = []
        signals.ledgerFailed.subscribe(({ reason }) => deaths.push(reason))
        const ledger = await openLedger({ dir, signals, filingFaults })
        const seqs: number[] = []
        ledger.onFiled((seq) => seqs.push(seq))
        const records = Array.from({ length: 30 }, () => exchangeRecord())
        kill(filingFaults, 1)
        for (const record of records) await ledger.append(batchOf(record))
        await until(() => seqs.at(-1) === 30)
        expect(deaths).to.have.length(1)
        await ledger.append(batchOf(records[0]!))
        await ledger.close()
        expect(leavesIn(dir)).to.deep.equal(records)
      })
    }

    it('files a gap in the place of a leaf that can’t be read, and what is behind it', async () => {
      const ledger = await openLedger({ dir, signals: createSignals() })
      const [torn, whole] = [exchangeRecord(), exchangeRecord()]
      const ids = [`x/${torn.id}/closing`, 'g/torn']
      await ledger.append({ ids, bodies: ['no packed record', '{"kind":"gap"'] })
      await ledger.append(batchOf(whole))
      await ledger.filed()
      await ledger.close()
      const [first, second, third] = leavesIn(dir)
      expect(first).to.deep.include({ kind: 'gap', reason: 'ledger-unavailable', exchange: torn.id })
      expect(second).to.deep.include({ kind: 'gap', id: 'unreadable/g/torn', exchange: null })
      expect(third).to.deep.equal(whole)
    })

    it('starts no thread again once it is closed: what is not filed waits for the next start', async () => {
      const filingFaults = createDiskFaults()
      const signals = createSignals()
      const died = new Promise((resolve) => signals.ledgerFailed.subscribe(resolve))
      const ledger = await openLedger({ dir, signals, filingFaults })
      setThreadDeaths(filingFaults, 1)
      const record = exchangeRecord()
      await ledger.append(batchOf(record))
      await died
      await ledger.close()
      await new Promise((resolve) => setTimeout(resolve, 600))
      expect(leavesIn(dir)).to.deep.equal([])
      await (await openLedger({ dir, signals })).close()
      expect(leavesIn(dir)).to.deep.equal([record])
    })

    it('takes leaves while ledger.db takes none, says so, and files them when it does', async () => {
      const filingFaults = createDiskFaults()
      const signals = createSignals()
      const told: string[] = []
      signals.ledgerFailed.subscribe(({ reason }) => told.push(reason))
      const ledger = await openLedger({ dir, signals, filingFaults })
      setDiskFull(filingFaults, true)
      const records = [exchangeRecord(), exchangeRecord()]
      for (const record of records) await ledger.append(batchOf(record))
      await ledger.filed()
      expect(leavesIn(dir)).to.deep.equal([])
      expect(told).to.deep.equal(['ledger.db: database or disk is full'])
      setDiskFull(filingFaults, false)
      await until(() => leavesIn(dir).length === 2)
      await ledger.close()
      expect(leavesIn(dir)).to.deep.equal(records)
    })

    it('keeps what it could not file until the next start, and does not start where that can’t be done', async () => {
      const filingFaults = createDiskFaults()
      const ledger = await openLedger({ dir, signals: createSignals(), filingFaults })
      setDiskFull(filingFaults, true)
      const record = exchangeRecord()
      await ledger.append(batchOf(record))
      await ledger.close()
      expect(leavesIn(dir)).to.deep.equal([])
      const failure = await openLedger({ dir, signals: createSignals(), filingFaults }).catch(
        (thrown: unknown) => thrown,
      )
      expect((failure as WaybillError).code).to.equal('WB_DATA_FOLDER')
      expect((failure as WaybillError).message).to.include('full')
      setDiskFull(filingFaults, false)
      const next = await openLedger({ dir, signals: createSignals(), filingFaults })
      expect(leavesIn(dir)).to.deep.equal([record])
      expect(next.last()).to.equal(1)
      await next.close()
    })
  })
})
