import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { systemClock } from '../../../../core/clock.js'
import { createCheckpoints, type Checkpoints } from '../../../../lineage/ledger/checkpoints.js'
import { appendMessage } from '../../../../lineage/ledger/protocol.js'
import { openLedgerStore, type LedgerStore } from '../../../../lineage/ledger/store.js'
import { leafId } from '../../../../lineage/model/leaf.js'
import { exchangeRecord } from '../../../support/leaves.js'
import { until } from '../../../support/until.js'

describe('copies of the ledger’s write-ahead log', () => {
  let dir: string
  let file: string
  let store: LedgerStore
  let checkpoints: Checkpoints
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-'))
    file = join(dir, 'ledger.db')
    store = openLedgerStore(dir, systemClock)
  })
  afterEach(async () => {
    await checkpoints.close()
    rmSync(dir, { recursive: true })
  })

  const append = (count: number, bytes: number): number => {
    const record = exchangeRecord({ id: count.toString(16).padStart(32, '0') as never })
    const message = appendMessage(count, { ids: [leafId(record)], bodies: [`{"x":"${'y'.repeat(bytes)}"}`] })
    store.append([message])
    return store.logPages()
  }

  it('are made by a thread beside, again and again, and leave nothing behind when all is closed', async () => {
    const sizes: number[] = []
    let copied: () => void = () => undefined
    checkpoints = createCheckpoints(file, () => {
      sizes.push(statSync(file).size)
      store.checkpoint()
      copied()
    })
    for (let round = 1; round <= 2; round++) {
      const done = new Promise<void>((resolve) => (copied = resolve))
      for (let count = 1; count <= 9; count++) checkpoints.committed(append(round * 10 + count, 1024 * 1024))
      await done
      await new Promise(setImmediate)
    }
    expect(sizes[0]).to.be.greaterThan(7 * 1024 * 1024)
    expect(sizes[1]).to.be.greaterThan(15 * 1024 * 1024)
    await checkpoints.close()
    store.close()
    expect(existsSync(`${file}-wal`)).to.equal(false)
  })

  it('are due by the pages that commits write, however small their leaves are', async () => {
    let copies = 0
    checkpoints = createCheckpoints(file, () => {
      copies += 1
      store.checkpoint()
    })
    let pages = 0
    let count = 0
    while (pages < 2_048) checkpoints.committed((pages = append((count += 1), 10)))
    expect(count).to.be.most(2_048)
    await until(() => copies === 1)
    expect(store.logPages()).to.equal(0)
    await checkpoints.close()
    store.close()
  })
})
