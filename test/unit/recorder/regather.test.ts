import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../../core/clock.js'
import type { AnyEndpoint } from '../../../core/endpoint.js'
import type { ExchangeRecord } from '../../../core/exchange.js'
import type { Micros } from '../../../core/ids.js'
import { redactionRules } from '../../../core/redaction.js'
import { createSignals } from '../../../core/signals.js'
import { everyTenant } from '../../../core/tenant.js'
import { openLedger, type LedgerClient } from '../../../lineage/ledger/client.js'
import { openLedgerRows, type LedgerRows } from '../../../lineage/ledger/reader.js'
import { recorderEndpoints } from '../../../recorder/endpoints.js'
import { createRecorder, type RecordedRoute } from '../../../recorder/recorder.js'
import { createRegather, type Regather } from '../../../recorder/regather.js'
import type { GatheredNow } from '../../../recorder/regather-protocol.js'
import { defaultRecorderSettings } from '../../../recorder/settings.js'
import { captureOf, modelUse, recordedRoute, recordOf } from '../../support/recorded-routes.js'

const answer = '{"run":7,"model":"churn","version":"3","password":"hunter2"}'
const rules = redactionRules({ body: ['$..password'] })

describe('gather and regather', () => {
  let dir: string
  let ledger: LedgerClient
  let rows: LedgerRows
  const before = recordedRoute('train', { uses: [modelUse] })
  const changedUse = { ...modelUse, options: { ...(modelUse.options as object), agent: 'someone' } }
  const after = recordedRoute('train', { uses: [changedUse] })

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-regather-'))
    ledger = await openLedger({ dir, signals: createSignals() })
  })
  afterEach(async () => {
    rows.close()
    await ledger.close()
    rmSync(dir, { recursive: true, force: true })
  })

  async function recordSome(count: number, route = before, body = answer): Promise<ExchangeRecord[]> {
    const parts = { dir, ledger, routes: [route], rules, clock: systemClock, signals: createSignals() }
    const recorder = await createRecorder({ ...parts, settings: defaultRecorderSettings })
    const records = Array.from({ length: count }, () => recordOf(route))
    for (const record of records) {
      await new Promise((resolve) => recorder.close(record, captureOf('{}', body), resolve))
    }
    await recorder.drain(10_000)
    await recorder.shutdown()
    await ledger.filed()
    rows = openLedgerRows(dir)
    return records
  }

  const regatherOf = (...routes: RecordedRoute[]): Regather =>
    createRegather({
      dir,
      ledger,
      routes,
      rules,
      limit: 300,
      modules: [new URL('../../support/odd-gatherers.mjs', import.meta.url).href],
    })

  it('supersedes facts that are others now, deletes none, and changes nothing the second time', async () => {
    const [record] = await recordSome(3)
    const regather = regatherOf(after)
    expect(await regather.route('train', 0 as Micros)).to.deep.equal({ exchanges: 3, changed: 3, missing: 0 })
    expect(await regather.route('train', 0 as Micros)).to.deep.equal({ exchanges: 3, changed: 0, missing: 0 })
    const stored = rows.exchange(record!.id, everyTenant)
    expect(stored?.facts.map(({ generation }) => generation)).to.deep.equal([0, 1])
    expect(JSON.stringify(stored?.facts[1])).to.include('someone').and.not.include('hunter2')
    expect(await regather.route('train', (record!.endedAt + 1) as Micros)).to.deep.include({ changed: 0 })
  })

  it('keeps what Waybill itself had to say of bodies', async () => {
    const [record] = await recordSome(1, before, '{"run":7,"run":8}')
    const gapsNow = () => {
      const last = rows.leavesOf(record!.id).flatMap(({ leaf }) => (leaf.kind === 'facts' ? [leaf] : []))
      return last.at(-1)?.gathered.flatMap(({ gaps }) => gaps.map(({ reason }) => reason)) ?? []
    }
    expect(gapsNow()).to.include('unredactable').and.include('body-unparsed')
    expect(await regatherOf(before).route('train', 0 as Micros)).to.deep.equal({ exchanges: 1, changed: 0, missing: 0 })
    await regatherOf(after).route('train', 0 as Micros)
    await ledger.filed()
    expect(gapsNow()).to.include('unredactable').and.include('body-unparsed')
  })

  it('reads the heads of what passed before the route had gatherers, and names the bodies as gaps', async () => {
    const bare = recordedRoute('train', { uses: [] })
    const [record] = await recordSome(1, bare)
    expect(await regatherOf(bare).route('train', 0 as Micros)).to.deep.equal({ exchanges: 0, changed: 0, missing: 0 })
    const now = recordedRoute('train', { uses: [{ gatherer: 'http-json', options: { agent: 'someone' } }, modelUse] })
    expect(await regatherOf(now).route('train', 0 as Micros)).to.deep.equal({ exchanges: 1, changed: 1, missing: 0 })
    expect(await regatherOf(now).route('train', 0 as Micros)).to.deep.equal({ exchanges: 1, changed: 0, missing: 0 })
    const [facts] = rows.exchange(record!.id, everyTenant)?.facts ?? []
    expect(facts).to.deep.include({ generation: 0, capture: null })
    expect(JSON.stringify(facts?.gathered)).to.include('someone').and.include('body-truncated')
  })

  it('shows what configured gatherers make of an exchange and of HAR entries, and stores nothing', async () => {
    const [record] = await recordSome(1)
    const count = rows.count()
    const [now] = await regatherOf(after).exchange(record!.id)
    expect(now).to.deep.include({ exchange: record!.id, route: 'train', captured: true })
    expect(JSON.stringify(now?.gathered)).to.include('someone')
    expect(now).to.deep.include({ method: 'POST', path: '/train/1', status: 200, silent: [] })
    const failures = recordedRoute('train', { uses: [{ ...modelUse, when: { status: '4xx' } }] })
    const [quiet] = await regatherOf(failures).exchange(record!.id)
    const reason = 'status is 200, not 4xx'
    expect(quiet).to.deep.include({ gathered: [], silent: [{ use: 0, gatherer: 'http-json', reason }] })
    const entry = {
      startedDateTime: '2026-01-02T03:04:05Z',
      request: {
        method: 'POST',
        url: 'http://localhost/train/1?token=hunter2',
        headers: [{ name: 'Authorization', value: 'hunter2' }],
      },
      response: { status: 200, headers: [], content: { mimeType: 'application/json', text: answer } },
    }
    const text = JSON.stringify({ log: { entries: [entry, entry] } })
    const shown = await regatherOf(after).har(text, ['train', undefined])
    expect(shown).to.have.length(1)
    expect(JSON.stringify(shown)).to.include('models/churn').and.not.include('hunter2')
    expect(rows.count()).to.equal(count)
    const limited = { ...modelUse, options: { ...(modelUse.options as object), bodyLimit: answer.length - 1 } }
    const cut = await regatherOf(recordedRoute('train', { uses: [limited] })).har(text, ['train'])
    expect(JSON.stringify(cut)).to.include('body-truncated').and.not.include('models/churn')
  })

  it('ends when a gatherer hangs, and says where', async () => {
    const [record] = await recordSome(1)
    const hanging = recordedRoute('train', { uses: [{ gatherer: 'hangs', options: {} }] })
    const failure = await regatherOf(hanging)
      .exchange(record!.id)
      .catch((thrown: unknown) => thrown)
    expect(String(failure)).to.include('longer than 300 ms').and.include(record!.id)
  })

  it('is an operation of the control API, within what the asker may read', async () => {
    const [record] = await recordSome(1)
    const reader = {
      exchange: (id: never, scope: never) => Promise.resolve(rows.exchange(id, scope)),
      exchanges: () => Promise.reject(new Error('not asked for')),
    }
    const regather = regatherOf(after)
    const endpoints = recorderEndpoints({ regather, ledger: reader, routes: [after], routeOf: () => 'train' })
    const run = (at: number, input: object, scope: object = everyTenant) =>
      (endpoints[at] as AnyEndpoint).handle({ params: {}, query: {}, body: {}, ...input }, {
        scope,
      } as never) as Promise<unknown>
    const shown = (await run(0, { query: { exchange: record!.id } })) as { exchanges: GatheredNow[] }
    expect(shown.exchanges).to.have.length(1)
    const foreign = { all: false, tenants: [] }
    expect(String(await run(0, { query: { exchange: record!.id } }, foreign).catch(String))).to.include(
      'no node or exchange',
    )
    const body = { route: 'train', since: '2020-01-01T00:00:00Z' }
    expect(String(await run(2, { body }, foreign).catch(String))).to.include('no route')
    expect(await run(2, { body })).to.deep.equal({ exchanges: 1, changed: 1, missing: 0 })
  })
})
