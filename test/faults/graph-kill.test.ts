import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { batchOf } from '../../bench/support/leaves.js'
import { openLedgerRows } from '../../lineage/ledger/reader.js'
import { openLedgerStore } from '../../lineage/ledger/store.js'
import { frameOf } from '../support/leaves.js'
import { graphDump, rebuiltGraphDump } from '../support/graph-dumps.js'

const childFile = fileURLToPath(new URL('../support/graph.child.mjs', import.meta.url))
const leaves = 60_000
const kills = 5

describe('kill -9 while the graph is brought up', function () {
  this.timeout(120_000)
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-graph-kill-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  /** Its exit's signal. `after`: it is killed after as many batches, in the middle of the next. */
  async function bringUp(after = Infinity): Promise<unknown> {
    const child = spawn(process.execPath, [childFile, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(child, 'exit')
    let batches = 0
    child.stdout.on('data', (told: Buffer) => {
      batches += told.toString().split('\n').length - 1
      if (batches >= after) child.kill('SIGKILL')
    })
    const [, signal] = (await ended) as [number | null, string | null]
    return signal
  }

  it('gives the graph that is built without a kill, byte for byte', async () => {
    const ledger = openLedgerStore(dir)
    for (let at = 0; at < leaves / 2; at += 1_000) ledger.append([frameOf(batchOf(at, 1_000))])
    ledger.close()
    const signals: unknown[] = []
    for (let kill = 0; kill < kills; kill += 1) signals.push(await bringUp(1 + kill))
    expect(signals.slice(0, 3), 'killed before the end').to.deep.equal(['SIGKILL', 'SIGKILL', 'SIGKILL'])
    expect(await bringUp()).to.equal(null)
    const rows = openLedgerRows(dir)
    const whole = mkdtempSync(join(dir, 'whole-'))
    expect(graphDump(dir, rows) === rebuiltGraphDump(whole, rows), 'the same canonical dump').to.equal(true)
    rows.close()
  })
})
