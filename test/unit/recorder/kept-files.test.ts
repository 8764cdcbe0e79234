import { expect } from 'chai'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newExchangeId, type Micros } from '../../../core/ids.js'
import type { Intent } from '../../../core/exchange.js'
import { captureOf, keptCaptures, openCaptureRing } from '../../../recorder/capture-ring.js'
import { openGapsPage, type PageState } from '../../../recorder/gaps-page.js'
import { openIntentLog, readIntents } from '../../../recorder/intents.js'
import { gapLeaf } from '../../support/leaves.js'

describe('files of the recorder', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-files-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  describe('intents.log', () => {
    const intent = (): Intent => ({
      id: newExchangeId(),
      route: 'a "route"\n',
      method: 'POST',
      mode: 'durable',
      time: 1_700_000_000_000_000 as Micros,
    })
    const open = (limit = 1_000_000, carried: Intent[] = []) =>
      openIntentLog({ dir, limit, carried, onTurn: () => undefined })

    it('holds an intent before anybody is told, and is empty when all are settled and it was closed', async () => {
      const log = open()
      const [one, other] = [intent(), intent()]
      const tried = new Promise<void>((resolve) => log.add(one, resolve))
      const synced = new Promise<Error | undefined>((resolve) => log.addSynced(other, resolve))
      expect(await Promise.all([tried, synced])).to.deep.equal([undefined, undefined])
      expect(readIntents(dir)).to.deep.equal([one, other])
      log.settle(one.id, false)
      log.settle(other.id, false)
      log.close()
      expect(readIntents(dir)).to.deep.equal([])
    })

    it('keeps those in flight when it is rewritten, and what it carried over', async () => {
      const [kept, carried] = [intent(), intent()]
      const log = open(2_000, [carried])
      const add = (given: Intent) => new Promise<void>((resolve) => log.add(given, resolve))
      await add(kept)
      for (let count = 0; count < 100; count += 1) {
        const one = intent()
        await add(one)
        log.settle(one.id, false)
      }
      expect(statSync(join(dir, 'intents.log')).size).to.be.lessThan(4_000)
      expect(readIntents(dir).map(({ id }) => id)).to.include.members([kept.id, carried.id])
      log.close()
      expect(readIntents(dir).map(({ id }) => id)).to.have.members([kept.id, carried.id])
    })

    it('has a line of each, whatever the one before it was, and however many there are in a turn', async () => {
      const log = open(100_000_000)
      const first = intent()
      const given: Intent[] = [
        first,
        { ...intent(), route: 'another' },
        { ...intent(), route: 'another', method: 'GET' },
        { ...intent(), route: 'another', method: 'GET', mode: 'async' },
        { ...intent(), route: 'another', method: 'GET', mode: 'async', time: first.time },
      ]
      await Promise.all(given.map((one) => new Promise<void>((resolve) => log.add(one, resolve))))
      expect(readIntents(dir)).to.deep.equal(given)
      // turns below, about and beyond what is made ready in one place (64 KiB, of three bytes a letter at most)
      for (const count of [100, 150, 200, 250, 300, 700]) {
        const many = Array.from({ length: count }, () => ({ ...intent(), route: '漢'.repeat(80) }))
        await Promise.all(many.map((one) => new Promise<void>((resolve) => log.add(one, resolve))))
        given.push(...many)
        expect(readIntents(dir)).to.deep.equal(given)
      }
      for (const { id } of given) log.settle(id, false)
      log.close()
    })

    it('is read without a last line that was torn', async () => {
      const log = open()
      const one = intent()
      await new Promise<void>((resolve) => log.add(one, resolve))
      appendFileSync(join(dir, 'intents.log'), '["0123')
      expect(readIntents(dir)).to.deep.equal([one])
      log.close()
    })
  })

  describe('gaps.page', () => {
    const state = (over: Partial<PageState> = {}): PageState => ({
      ...{ accepted: 9, settled: 7, taken: 5, factsFloor: 4, at: 3 as Micros, pending: [gapLeaf('a')] },
      ...over,
    })

    it('gives back what was last written, and never grows', () => {
      const { page, state: empty } = openGapsPage(dir)
      expect(empty.accepted).to.equal(0)
      const size = statSync(join(dir, 'gaps.page')).size
      for (let count = 0; count < 5; count += 1) page.write(state({ accepted: count }))
      page.close()
      expect(statSync(join(dir, 'gaps.page')).size).to.equal(size)
      const again = openGapsPage(dir)
      expect(again.state).to.deep.equal(state({ accepted: 4 }))
      again.page.close()
    })

    it('falls back to the state before when the last write was torn', () => {
      const { page } = openGapsPage(dir)
      page.write(state({ accepted: 1 }))
      page.write(state({ accepted: 2 }))
      page.close()
      const file = join(dir, 'gaps.page')
      const bytes = readFileSync(file)
      bytes.write('torn', bytes.indexOf('"accepted":2'))
      writeFileSync(file, bytes)
      const again = openGapsPage(dir)
      expect(again.state.accepted).to.equal(1)
      again.page.close()
    })

    it('counts together, as a bound, what finds no room', () => {
      const { page } = openGapsPage(dir)
      page.write(state({ pending: Array.from({ length: 2_000 }, (_, index) => gapLeaf(`gap-${index}`, { count: 2 })) }))
      page.close()
      const { state: kept, page: again } = openGapsPage(dir)
      expect(kept.pending.reduce((sum, { count }) => sum + count, 0)).to.equal(4_000)
      expect(kept.pending.at(-1)).to.deep.include({ exact: false, at: 'ledger' })
      again.close()
    })
  })

  describe('captures/', () => {
    const head = (bytes: Buffer) => ({
      ...{ exchange: newExchangeId(), route: 'train', at: 1_700_000_000_000_000 as Micros },
      request: { length: 0, total: 0, truncated: false, contentEncoding: null, digests: {} },
      response: { length: bytes.length, total: 9, truncated: true, contentEncoding: null, digests: {} },
    })
    const none = Buffer.alloc(0)

    it('gives a capture back by its exchange, with the digest that facts carry', () => {
      const ring = openCaptureRing({ dir, keep: 1_000, max: 1_000_000, now: () => 1 as Micros, owner: 'a' })
      const bytes = Buffer.from('redacted')
      const one = head(bytes)
      const digest = ring.add(one, none, bytes)
      ring.add(head(bytes), none, bytes)
      expect(ring.flush()).to.equal(undefined)
      ring.close()
      const kept = captureOf(dir, one.exchange)
      expect(kept?.digest).to.equal(digest)
      expect(kept?.head).to.deep.equal(one)
      expect(Buffer.from(kept?.response ?? none).toString()).to.equal('redacted')
      expect([...keptCaptures(dir)]).to.have.length(2)
    })

    it('keeps within its size, the newest', () => {
      let now = 0
      const ring = openCaptureRing({ dir, keep: 1e9, max: 1_000_000, now: () => (now += 1) as Micros, owner: 'a' })
      const bytes = Buffer.alloc(20_000)
      const all = Array.from({ length: 200 }, () => head(bytes))
      for (const one of all) {
        ring.add(one, none, bytes)
        ring.flush()
      }
      ring.close()
      const folder = join(dir, 'captures')
      const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size)
      expect(sizes.reduce((sum, size) => sum + size, 0)).to.be.at.most(1_000_000)
      const kept = [...keptCaptures(dir)].map(({ head: { exchange } }) => exchange)
      expect(kept).to.deep.equal(all.slice(-kept.length).map(({ exchange }) => exchange))
      expect(kept.length).to.be.greaterThan(20)
    })

    it('keeps nothing of a batch that can’t be written, says so, and goes on as soon as it can', () => {
      const folder = join(dir, 'captures')
      writeFileSync(folder, 'in the way')
      const ring = openCaptureRing({ dir, keep: 1_000, max: 1_000_000, now: () => 1 as Micros, owner: 'a' })
      const bytes = Buffer.from('redacted')
      ring.add(head(bytes), none, bytes)
      ring.add(head(bytes), none, bytes)
      expect(ring.flush()).to.equal('EEXIST')
      rmSync(folder)
      const one = head(bytes)
      ring.add(one, none, bytes)
      expect(ring.flush()).to.equal(undefined)
      ring.close()
      expect([...keptCaptures(dir)].map(({ head: { exchange } }) => exchange)).to.deep.equal([one.exchange])
    })

    it('fails as a whole where one piece of the batch was written before the rest could not be', () => {
      let now = 1
      const ring = openCaptureRing({ dir, keep: 1e9, max: 1_000_000, now: () => (now += 1) as Micros, owner: 'a' })
      const bytes = Buffer.alloc(50_000)
      const add = (count: number) => {
        for (let at = 0; at < count; at += 1) ring.add(head(bytes), none, bytes)
      }
      add(2)
      expect(ring.flush()).to.equal(undefined)
      rmSync(join(dir, 'captures'), { recursive: true })
      writeFileSync(join(dir, 'captures'), 'in the way')
      // more than the segment still holds, which is open: what does not fit needs another file
      add(4)
      expect(ring.flush()).to.equal('EEXIST')
      rmSync(join(dir, 'captures'))
      add(2)
      expect(ring.flush()).to.equal(undefined)
      ring.close()
      expect([...keptCaptures(dir)]).to.have.length(2)
    })

    it('are none where the folder is gone', () => {
      expect([...keptCaptures(dir)]).to.deep.equal([])
    })

    it('ends a segment where it was torn or changed', () => {
      const ring = openCaptureRing({ dir, keep: 1_000, max: 1_000_000, now: () => 1 as Micros, owner: 'a' })
      const bytes = Buffer.from('redacted')
      ring.add(head(bytes), none, bytes)
      ring.add(head(bytes), none, bytes)
      expect(ring.flush()).to.equal(undefined)
      ring.close()
      const folder = join(dir, 'captures')
      const file = join(folder, readdirSync(folder)[0] ?? '')
      const text = readFileSync(file)
      text.write('tampered', text.lastIndexOf('redacted'))
      writeFileSync(file, text)
      expect([...keptCaptures(dir)]).to.have.length(1)
    })
  })
})
