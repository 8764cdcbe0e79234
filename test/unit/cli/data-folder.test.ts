// What is said of a data folder that can't be used: by whom it is in use, or what of it is broken.
import { expect } from 'chai'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSignals } from '../../../core/signals.js'
import { openGraph } from '../../../lineage/graph/client.js'
import { openLedger } from '../../../lineage/ledger/client.js'
import { createDiskFaults, setDiskFull } from '../../../lineage/sqlite/faults.js'
import { lockFolder } from '../../../lineage/sqlite/folder-lock.js'
import { leavesIn } from '../../support/data-folders.js'
import { batchOf, exchangeRecord, factsLeaf } from '../../support/leaves.js'
import { startJsonService } from '../../support/service.js'
import { runCommand } from '../../support/terminal.js'

const configuration = `services: { a: { url: http://127.0.0.1:7001 } }
routes: [{ name: a, match: {}, service: a }]
listeners: [{ port: 0 }]
control: { port: 0 }
`

describe('a data folder', () => {
  let dir = ''
  let data = ''
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-folder-'))
    data = mkdtempSync(join(dir, 'data-'))
    writeFileSync(join(dir, 'waybill.yaml'), configuration)
  })
  afterEach(() => rmSync(dir, { recursive: true }))
  const waybill = (...args: readonly string[]) => runCommand([...args, '--data', data], {}, dir)

  it('that is in use is told as that, with what to do', async () => {
    const unlock = lockFolder(data)
    try {
      expect((await waybill('doctor')).out).to.match(/warning +data folder +\S+ is in use/)
      const { code, err } = await waybill('start')
      expect(code).to.equal(1)
      expect(err).to.contain('another process has it open').and.to.contain('leave --data out')
    } finally {
      unlock()
    }
    expect((await waybill('doctor')).out).to.match(/ok +data folder +\S+ is writable/)
  })

  it('that is not in use says whose the ports are that are taken', async () => {
    const other = await startJsonService({})
    const port = new URL(other.url).port
    writeFileSync(join(dir, 'waybill.yaml'), configuration.replace('[{ port: 0 }]', `[{ port: ${port} }]`))
    const { code, out } = await waybill('doctor')
    expect(code).to.equal(1)
    expect(out).to.match(/FAILED +listener \S+ +\S+ is in use by another program/)
    const unlock = lockFolder(data)
    try {
      expect((await waybill('doctor')).out).to.match(/warning +listener \S+ +\S+ is in use \(by a running Waybill/)
    } finally {
      unlock()
      other.close()
    }
  })

  it('that was left with leaves in its commit log is read with them', async () => {
    const filingFaults = createDiskFaults()
    const ledger = await openLedger({ dir: data, signals: createSignals(), filingFaults })
    setDiskFull(filingFaults, true)
    const record = exchangeRecord()
    await ledger.append(batchOf(record))
    await ledger.close()
    expect(leavesIn(data)).to.deep.equal([])
    const { code, out } = await waybill('exchange', 'list', '-o', 'json')
    expect(code).to.equal(0)
    expect(out).to.contain(record.id)
  })

  it('is read with the external names that it was last run with', async () => {
    const ledger = await openLedger({ dir: data, signals: createSignals() })
    const record = exchangeRecord()
    const entity = { type: 'object', name: 's3://public/a.csv', version: '1' }
    const time = record.startedAt
    const used = { kind: 'used', activity: { type: 'job', id: 'a/1' }, entity, time } as const
    const facts = [{ ...used, by: 'observed' }] as const
    const gathered = [{ use: 0, gatherer: 'http-json', version: '1', facts, gaps: [] }]
    await ledger.append(batchOf(record, factsLeaf(record, { gathered })))
    await ledger.close()
    const origin = async () => (await waybill('custody', 'object:s3://public/a.csv@1')).out
    const runWith = async (external: readonly string[]) => {
      const graph = await openGraph({ dir: data, signals: createSignals(), external })
      await graph.close()
    }
    expect(await origin()).to.contain('origin-not-observed')
    await runWith(['s3://public/*'])
    expect(await origin())
      .to.contain('external')
      .and.not.to.contain('origin-not-observed')
    await runWith([])
    expect(await origin()).to.contain('origin-not-observed')
  })

  it('whose ledger is no database is told as that', async () => {
    writeFileSync(join(data, 'ledger.db'), 'something else')
    const { code, err } = await waybill('start', '--log-level', 'silent')
    expect(code).to.equal(1)
    expect(err).to.contain(`data folder ${data}: its ledger.db is no database`)
    const doctor = await waybill('doctor')
    expect(doctor.code).to.equal(1)
    expect(doctor.out).to.match(/FAILED +ledger +\S+ is no database/)
  })
})
