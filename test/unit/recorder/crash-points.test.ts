// The folder as a process leaves it that dies at a moment of our choice: a copy, taken in the middle of a callback.
import { expect } from 'chai'
import fs, { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../../core/clock.js'
import type { ExchangeRecord } from '../../../core/exchange.js'
import { redactionRules } from '../../../core/redaction.js'
import { createSignals } from '../../../core/signals.js'
import { openLedger, type LedgerClient } from '../../../lineage/ledger/client.js'
import type { Leaf } from '../../../lineage/model/leaf.js'
import { createDiskFaults, setCommitDelay, setDiskFull, setLateThreadDeaths } from '../../../lineage/sqlite/faults.js'
import { createRecorder, type RecorderHandle } from '../../../recorder/recorder.js'
import { defaultRecorderSettings as settings } from '../../../recorder/settings.js'
import { leavesIn } from '../../support/data-folders.js'
import { captureOf, recordedRoute, recordOf } from '../../support/recorded-routes.js'

interface Started {
  readonly ledger: LedgerClient
  readonly recorder: RecorderHandle
}

describe('a process that dies', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-crash-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  const routes = [recordedRoute('later', { mode: 'async' }), recordedRoute('now', { mode: 'durable' })] as const

  const faults = createDiskFaults()

  /** called before the page is written */
  let beforePage: (() => void) | undefined
  const clock = {
    now: () => {
      beforePage?.()
      return systemClock.now()
    },
  }

  async function start(folder: string, signals = createSignals()): Promise<Started> {
    const ledger = await openLedger({ dir: folder, signals, faults })
    const parts = { dir: folder, ledger, routes, rules: redactionRules(), settings, clock, signals }
    return { ledger, recorder: await createRecorder(parts) }
  }

  const opened = ({ recorder }: Started, { id, mode, route, startedAt: time }: ExchangeRecord) =>
    new Promise((resolve) => recorder.open({ id, mode, route, time, method: 'POST' }, resolve))

  async function stop({ ledger, recorder }: Started): Promise<void> {
    await recorder.shutdown()
    await ledger.close()
  }

  /** What the ledger of a folder holds when the next start has told what was left open. */
  async function leavesAfter(folder: string): Promise<Leaf[]> {
    const next = await start(folder)
    await next.recorder.drain(5_000)
    await stop(next)
    return leavesIn(folder)
  }

  const toldAfter = async (folder: string) =>
    (await leavesAfter(folder)).map((leaf) => (leaf.kind === 'gap' ? leaf.id : leaf.kind))
  const gapsAfter = async (folder: string) => (await leavesAfter(folder)).filter((leaf) => leaf.kind === 'gap')

  it('with intents that no page counted yet, names each of them and counts none', async () => {
    const [living, dead] = [join(dir, 'living'), join(dir, 'dead')]
    const started = await start(living)
    const records = Array.from({ length: 5 }, () => recordOf(routes[1]))
    for (const record of records) await opened(started, record)
    cpSync(living, dead, { recursive: true })
    await stop(started)
    expect(await toldAfter(dead)).to.have.members(records.map(({ id }) => `in-flight-at-crash/${id}`))
  })

  it('while the answers of a commit leave, in which records of async were too, names none of them as under way', async () => {
    const [living, dead] = [join(dir, 'living'), join(dir, 'dead')]
    const started = await start(living)
    const records = routes.map((route) => recordOf(route))
    await Promise.all(records.map((record) => opened(started, record)))
    await new Promise<void>((resolve) => {
      for (const record of records) {
        started.recorder.close(record, captureOf('', ''), () => {
          if (record.mode === 'async') return
          cpSync(living, dead, { recursive: true })
          resolve()
        })
      }
    })
    await stop(started)
    expect(await toldAfter(dead)).to.deep.equal(['exchange', 'exchange'])
  })

  describe('after its disk was full', () => {
    let full = false
    const { writeSync } = fs
    const withoutRoom = ((fd: number, bytes: Uint8Array, ...rest: []) => {
      // lines of intents.log only: the room of gaps.page is its own
      if (full && Buffer.from(bytes).includes('["')) throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
      return writeSync(fd, bytes, ...rest)
    }) as typeof writeSync
    before(() => {
      fs.writeSync = withoutRoom
      syncBuiltinESMExports()
    })
    after(() => {
      fs.writeSync = writeSync
      syncBuiltinESMExports()
    })
    beforeEach(() => (full = false))

    const named = (leaves: readonly string[], { id }: ExchangeRecord) => leaves.includes(`in-flight-at-crash/${id}`)

    it('between a turn’s intents and the page, hides none of those that found no room', async () => {
      const [living, dead] = [join(dir, 'living'), join(dir, 'dead')]
      const started = await start(living)
      const [unwritten, next] = [recordOf(routes[1]), recordOf(routes[1])]
      full = true
      await opened(started, unwritten)
      full = false
      beforePage = () => {
        beforePage = undefined
        cpSync(living, dead, { recursive: true })
      }
      await opened(started, next)
      await stop(started)
      const leaves = await toldAfter(dead)
      expect(named(leaves, unwritten) || leaves.some((leaf) => leaf.startsWith('in-flight-at-crash/ledger/'))).to.equal(
        true,
      )
    })

    it('counts each that found no room, and names each that did', async () => {
      const [living, dead] = [join(dir, 'living'), join(dir, 'dead')]
      const started = await start(living)
      const [first, second] = [recordOf(routes[1]), recordOf(routes[1])]
      const unwritten = [recordOf(routes[1]), recordOf(routes[1])]
      await opened(started, first)
      await opened(started, second)
      full = true
      await Promise.all(unwritten.map((record) => opened(started, record)))
      cpSync(living, dead, { recursive: true })
      full = false
      await stop(started)
      const rows = await gapsAfter(dead)
      expect(
        rows.filter(({ id }) => id.startsWith('in-flight-at-crash/ledger/')).map(({ count }) => count),
      ).to.deep.equal([2])
      expect(rows.filter(({ id }) => [first, second].some((one) => id.endsWith(one.id)))).to.have.length(2)
      expect(rows).to.have.length(3)
    })

    it('hides none of them behind one that has its gap, and whose end found no room either', async () => {
      const [living, dead] = [join(dir, 'living'), join(dir, 'dead')]
      const started = await start(living)
      const [missed, unwritten] = [recordOf(routes[1]), recordOf(routes[1])]
      await opened(started, missed)
      full = true
      setDiskFull(faults, true)
      await new Promise((resolve) => started.recorder.close(missed, captureOf('', ''), resolve))
      await opened(started, unwritten)
      cpSync(living, dead, { recursive: true })
      full = false
      setDiskFull(faults, false)
      await stop(started)
      const leaves = await toldAfter(dead)
      expect(leaves.filter((leaf) => leaf.startsWith('in-flight-at-crash/ledger/'))).to.have.length(1)
    })
  })

  it('after its ledger thread, which had told nobody of its last commit, names only what was under way', async () => {
    const [living, dead] = [join(dir, 'living'), join(dir, 'dead')]
    const signals = createSignals()
    const started = await start(living, signals)
    const [stored, underWay] = [recordOf(routes[1]), recordOf(routes[1])]
    const copied = new Promise<void>((resolve) =>
      signals.ledgerRestarted.subscribe(() => {
        void opened(started, underWay).then(() => {
          cpSync(living, dead, { recursive: true })
          resolve()
        })
      }),
    )
    await opened(started, stored)
    setLateThreadDeaths(faults, 1)
    const closed = new Promise((resolve) => started.recorder.close(stored, captureOf('', ''), resolve))
    // the new thread is not to answer before the intent of the second is written
    setCommitDelay(faults, 200)
    await copied
    setCommitDelay(faults, 0)
    await closed
    await stop(started)
    expect(await toldAfter(dead)).to.deep.equal(['exchange', `in-flight-at-crash/${underWay.id}`])
  })
})
