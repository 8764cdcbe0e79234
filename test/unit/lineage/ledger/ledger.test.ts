import { expect } from 'chai'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads'
import { WaybillError } from '../../../../core/errors.js'
import { createRecordPacker } from '../../../../core/packed-record.js'
import { createSignals } from '../../../../core/signals.js'
import { openLedger } from '../../../../lineage/ledger/client.js'
import { openLedgerRows } from '../../../../lineage/ledger/reader.js'
import { appendMessage, type StoredRow } from '../../../../lineage/ledger/protocol.js'
import {
  createDiskFaults,
  setDiskFull,
  setLateThreadDeaths,
  setThreadDeaths,
} from '../../../../lineage/sqlite/faults.js'
import { leavesIn } from '../../../support/data-folders.js'
import { batchOf, exchangeRecord } from '../../../support/leaves.js'

/** The next message, without a turn of the event loop. */
function answerOn(port: MessagePort): StoredRow {
  const pause = new Int32Array(new SharedArrayBuffer(4))
  for (let look = 0; look < 10_000; look++) {
    const received = receiveMessageOnPort(port) as { readonly message: StoredRow } | undefined
    if (received !== undefined) return received.message
    Atomics.wait(pause, 0, 0, 1)
  }
  throw new Error('no answer came')
}

describe('ledger', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-ledger-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  describe('client', () => {
    it('resolves when leaves are on disk, tells listeners when they can be read, and takes them over ports too', async () => {
      const ledger = await openLedger({ dir, signals: createSignals() })
      const seqs: number[] = []
      ledger.onFiled((seq) => seqs.push(seq))
      await ledger.append(batchOf(exchangeRecord(), exchangeRecord()))
      const port = ledger.port()
      const message = appendMessage(7, batchOf(exchangeRecord()))
      port.postMessage(message, [message.bytes.buffer])
      const [answer] = (await once(port, 'message')) as [StoredRow]
      const [taken, records, , ...batches] = answer
      expect({ taken, records, batches }).to.deep.equal({ taken: 3, records: 1, batches: [7] })
      await ledger.probe()
      expect(ledger.last()).to.equal(3)
      await ledger.filed()
      expect(seqs.at(-1)).to.equal(3)
      port.close()
      await ledger.close()
    })

    it('reads records where they lie in shared memory, beside those that it is sent, also after its thread died', async () => {
      const faults = createDiskFaults()
      const ledger = await openLedger({ dir, signals: createSignals(), faults })
      const pack = createRecordPacker()
      const records = Array.from({ length: 5 }, (_, index) => exchangeRecord({ peer: `é${index}`, route: 'r\ud800' }))
      const [sent, ...placed] = records
      const memories = [new SharedArrayBuffer(4_096), new SharedArrayBuffer(4_096)]
      const shared = memories.map((memory, half) => {
        let at = 3
        const places = placed.slice(half * 2, half * 2 + 2).flatMap((record) => {
          const from = at
          at += Buffer.from(memory).write(pack(record), from)
          return [from, at - from]
        })
        return [memory, ...places] as const
      })
      setThreadDeaths(faults, 1)
      await ledger.append({ ...batchOf(sent!), shared: shared.slice(0, 1) })
      await ledger.append({ ids: [], bodies: [], shared: shared.slice(1) })
      await ledger.append({ ids: [], bodies: [], shared: [] })
      await ledger.filed()
      await ledger.close()
      expect(leavesIn(dir)).to.deep.equal(records)
    })

    it('takes more of shared memory in one batch than its frames have room for at first', async () => {
      const ledger = await openLedger({ dir, signals: createSignals() })
      const pack = createRecordPacker()
      const records = Array.from({ length: 400 }, (_, index) =>
        exchangeRecord({ route: `${index}`.padEnd(1_000, 'r') }),
      )
      const memory = new SharedArrayBuffer(1024 * 1024)
      let used = 0
      const places = records.flatMap((record) => {
        const from = used
        used += Buffer.from(memory).write(pack(record), from)
        return [from, used - from]
      })
      expect(used).to.be.greaterThan(256 * 1024)
      await ledger.append({ ids: [], bodies: [], shared: [[memory, ...places]] })
      await ledger.filed()
      await ledger.close()
      expect(leavesIn(dir)).to.deep.equal(records)
    })

    it('waits for leaves that another thread has stored until they are filed, also where it has not heard of them', async () => {
      const ledger = await openLedger({ dir, signals: createSignals() })
      const record = exchangeRecord()
      const port = ledger.port()
      const message = appendMessage(1, batchOf(record))
      port.postMessage(message, [message.bytes.buffer])
      // Nothing else that this thread is sent is read meanwhile.
      expect(answerOn(port).slice(3)).to.deep.equal([1])
      await ledger.filed()
      const rows = openLedgerRows(dir)
      expect(rows.leavesAfter(0, 2).map(({ leaf }) => leaf)).to.deep.equal([record])
      rows.close()
      port.close()
      await ledger.close()
    })

    it('commits what is patient together with what is not, and by itself soon enough', async () => {
      const signals = createSignals()
      const commits: number[] = []
      signals.ledgerCommitted.subscribe(({ records }) => commits.push(records))
      const ledger = await openLedger({ dir, signals })
      const patient = ledger.append({ ...batchOf(exchangeRecord()), patient: true })
      await Promise.all([ledger.append(batchOf(exchangeRecord())), patient])
      await ledger.append({ ...batchOf(exchangeRecord()), patient: true })
      await ledger.probe()
      expect(commits).to.deep.equal([2, 1])
      await ledger.close()
    })

    it('starts its thread again when it dies, and loses nothing that was under way', async () => {
      const faults = createDiskFaults()
      const signals = createSignals()
      const reasons: string[] = []
      signals.ledgerRestarted.subscribe(({ reason }) => reasons.push(reason))
      const ledger = await openLedger({ dir, signals, faults })
      setThreadDeaths(faults, 1)
      const records = [exchangeRecord(), exchangeRecord(), exchangeRecord()]
      await Promise.all(records.map((record) => ledger.append(batchOf(record))))
      expect(reasons).to.have.length(1)
      await ledger.close()
      expect(leavesIn(dir)).to.deep.equal(records)
    })

    it('does not count leaves as stored, of which a thread that died told nobody, before those who wait are told', async () => {
      const faults = createDiskFaults()
      const signals = createSignals()
      const ledger = await openLedger({ dir, signals, faults })
      const seqs: number[] = []
      ledger.onFiled((seq) => seqs.push(seq))
      const atRestart: number[] = []
      signals.ledgerRestarted.subscribe(() => atRestart.push(ledger.last()))
      await ledger.append(batchOf(exchangeRecord()))
      setLateThreadDeaths(faults, 1)
      await ledger.append(batchOf(exchangeRecord()))
      expect(atRestart).to.deep.equal([1])
      expect(ledger.last()).to.equal(2)
      await ledger.close()
      expect(seqs.at(-1), 'and those who follow the ledger know of them').to.equal(2)
    })

    it('closed while its thread is started again, waits for it, stores what was under way and lets go of the file', async () => {
      const faults = createDiskFaults()
      const signals = createSignals()
      const died = new Promise((resolve) => signals.ledgerFailed.subscribe(resolve))
      const ledger = await openLedger({ dir, signals, faults })
      setThreadDeaths(faults, 1)
      const record = exchangeRecord()
      let answer = 'none'
      void ledger.append(batchOf(record)).then(
        () => (answer = 'stored'),
        () => (answer = 'refused'),
      )
      await died
      expect(ledger.up()).to.equal(false)
      await ledger.close()
      expect(answer).to.equal('stored')
      expect(ledger.up()).to.equal(false)
      // the last to let go of the file takes its log away
      expect(existsSync(join(dir, 'ledger.db-wal'))).to.equal(false)
      expect(leavesIn(dir)).to.deep.equal([record])
    })

    it('rejects what a full disk refused, and stores again when there is room', async () => {
      const faults = createDiskFaults()
      const ledger = await openLedger({ dir, signals: createSignals(), faults })
      setDiskFull(faults, true)
      const failure = await ledger.append(batchOf(exchangeRecord())).catch((thrown: unknown) => thrown)
      expect(failure).to.be.instanceOf(WaybillError).with.property('code', 'WB_RECORD_UNAVAILABLE')
      expect(await ledger.probe().catch(() => 'refused')).to.equal('refused')
      setDiskFull(faults, false)
      await ledger.probe()
      await ledger.append(batchOf(exchangeRecord()))
      expect(ledger.last()).to.equal(1)
      await ledger.close()
    })

    it('refuses a folder that another ledger has open', async () => {
      const ledger = await openLedger({ dir, signals: createSignals() })
      const second = await openLedger({ dir, signals: createSignals() }).catch((thrown: unknown) => thrown)
      expect(second).to.be.instanceOf(WaybillError).with.property('code', 'WB_DATA_FOLDER')
      await ledger.close()
      await (await openLedger({ dir, signals: createSignals() })).close()
    })
  })
})
