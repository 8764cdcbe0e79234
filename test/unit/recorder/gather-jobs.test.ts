import { expect } from 'chai'
import fc from 'fast-check'
import { createGatherJobs, type GatherJob, type JobBatch } from '../../../recorder/gather-jobs.js'
import { JobFrame, lengthOf, unpackJobs } from '../../../recorder/job-frames.js'
import { runs } from '../../support/fuzz.js'
import { until } from '../../support/until.js'

const bytesOf = (text: string) => new TextEncoder().encode(text)

function jobOf(record: string, request: string, over: Partial<GatherJob> = {}): GatherJob {
  const bytes = bytesOf(request)
  return {
    ...{ route: 'r', urgent: false, record, digestSkipped: undefined, done: undefined },
    capture: {
      request: { bytes, total: bytes.length + 1, truncated: true },
      response: { bytes: new Uint8Array(0), total: 0, truncated: false },
    },
    ...over,
  }
}

const unpacked = ({ memory, from, to }: JobBatch) => [...unpackJobs(memory, from, to)]

describe('the jobs before a gatherer worker', () => {
  let lost: string[] = []
  let last = 0
  const queue = () =>
    createGatherJobs(
      () => last,
      (record, floor) => lost.push(`${record} behind ${floor}`),
    )
  beforeEach(() => {
    lost = []
    last = 0
  })

  /** All that can be sent now, as a worker reads it. */
  const taken = (jobs: ReturnType<typeof queue>) => {
    const all: ReturnType<typeof unpacked> = []
    for (let batch = jobs.next(); batch !== undefined; batch = jobs.next()) all.push(...unpacked(batch))
    return all
  }

  it('come out as they went in, in order, whatever their text and however long', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary-ascii' }),
      fc.string({ unit: fc.constantFrom('é', 'ÿ', '\u0080', '漢', '\uffff', '😀', 'z') }),
      fc.nat(900_000).map((length) => 'é'.repeat(length % 300_000) + 'x'.repeat(length)),
    )
    const one = fc.record({ record: text, request: text })
    fc.assert(
      fc.property(fc.array(one, { maxLength: 12 }), (given) => {
        const jobs = queue()
        for (const { record, request } of given) jobs.add(jobOf(record, request))
        const got = taken(jobs)
        expect(got.map(({ record }) => record)).to.deep.equal(given.map(({ record }) => record))
        expect(got.map(({ request }) => Buffer.from(request.bytes).toString())).to.deep.equal(
          given.map(({ request }) => request),
        )
        jobs.finish(
          got.map(({ serial }) => serial),
          undefined,
        )
        expect([jobs.count(), jobs.waiting(), jobs.bytes(), jobs.floor()]).to.deep.equal([0, 0, 0, undefined])
      }),
      { numRuns: runs(60) },
    )
  })

  it('lie at whole words, in frames just as long as they need', () => {
    const bodyOf = (bytes: number) => ({ bytes: new Uint8Array(bytes), total: bytes, truncated: false })
    for (let lengths = 0; lengths < 8 ** 3; lengths += 1) {
      const capture = { request: bodyOf(lengths & 7), response: bodyOf((lengths >> 3) & 7) }
      const job = { record: 'x'.repeat(lengths >> 6), capture, digestSkipped: undefined }
      const frame = new JobFrame(lengthOf(job))
      expect(frame.put(1, job)).to.equal(true)
      expect(frame.used).to.be.at.most(frame.memory.byteLength)
      const [read] = [...unpackJobs(frame.memory, 0, frame.used)]
      const places = [read?.request.bytes.byteOffset, read?.response.bytes.byteOffset, frame.used]
      expect(places.map((at = 1) => at % 8)).to.deep.equal([0, 0, 0])
    }
  })

  it('leave a record where the ledger reads it until it is let go, when the job is done and others have come', () => {
    const jobs = queue()
    const finishAll = () => jobs.finish(jobs.serials(), undefined)
    const textOf = ({ memory, from, length }: ReturnType<typeof jobs.add>) =>
      Buffer.from(memory).toString('utf8', from, from + length)
    jobs.add(jobOf('before', 'body'))
    const one = jobs.add(jobOf('récord', 'its body'))
    const two = jobs.add(jobOf('another', ''))
    for (const record of [one, one, two]) record.hold()
    finishAll()
    expect([jobs.count(), jobs.floor(), jobs.behind()]).to.deep.equal([0, undefined, 0])
    expect(jobs.bytes()).to.be.greaterThan(0)
    one.release()
    two.release()
    for (let count = 0; count < 3; count++) {
      expect(jobs.add(jobOf('later', 'x'.repeat(500))).memory).not.to.equal(one.memory)
      finishAll()
    }
    expect(textOf(one)).to.equal('récord')
    expect(jobs.bytes()).to.be.greaterThan(0)
    one.release()
    expect(jobs.bytes()).to.equal(0)
    // its memory is used again, and one that was let go first is free when its jobs are done
    const memories = Array.from({ length: 2 }, () => jobs.add(jobOf('long', 'x'.repeat(400_000))))
    expect(memories.map(({ memory }) => memory)).to.include(one.memory)
    for (const record of memories) record.hold()
    for (const record of memories) record.release()
    finishAll()
    expect(jobs.bytes()).to.equal(0)
  })

  it('tell for how long the oldest has waited, until it is done', async () => {
    const jobs = queue()
    expect(jobs.behind()).to.equal(0)
    jobs.add(jobOf('first', ''))
    jobs.add(jobOf('urgent', '', { urgent: true }))
    await until(() => jobs.behind() > 5)
    const serials = taken(jobs).map(({ serial }) => serial)
    expect(jobs.behind()).to.be.greaterThan(5)
    jobs.finish(serials, undefined)
    expect(jobs.behind()).to.equal(0)
  })

  it('are given again to the next worker but for those that are done, with what they are not to run', () => {
    const jobs = queue()
    for (let count = 0; count < 600; count++) jobs.add(jobOf(`record ${count}`, 'body'))
    const first = taken(jobs)
    expect(new Set(first.map(({ serial }) => serial)).size).to.equal(600)
    const serialAt = (index: number) => first[index]?.serial ?? 0
    jobs.finish(
      first.slice(0, 300).map(({ serial }) => serial),
      undefined,
    )
    jobs.finish([serialAt(450)], undefined)
    const skipped = { use: 0, reason: 'gatherer-failed', about: 'it threw' } as const
    expect(jobs.skip(serialAt(400), skipped)).to.equal(true)
    expect(jobs.skip(serialAt(400), skipped)).to.equal(false)
    expect(jobs.skip(serialAt(500), undefined)).to.equal(true)
    expect(jobs.waiting()).to.equal(0)
    jobs.rewind()
    expect(jobs.waiting()).to.equal(299)
    const batches: JobBatch[] = []
    for (let batch = jobs.next(); batch !== undefined; batch = jobs.next()) batches.push(batch)
    const again = batches.flatMap(unpacked)
    const left = first.filter((_, index) => index >= 300 && index !== 450)
    expect(again.map(({ record }) => record)).to.deep.equal(left.map(({ record }) => record))
    expect(again.flatMap(({ headsOnly, record }) => (headsOnly ? [record] : []))).to.deep.equal(['record 500'])
    const skips = batches.flatMap((batch) => batch.jobs).filter(({ skip }) => skip.length > 0)
    expect(skips).to.deep.equal([{ serial: serialAt(400), route: 'r', skip: [skipped] }])
  })

  it('go first where somebody waits, and tell once when they are done', () => {
    const jobs = queue()
    const told: (string | undefined)[] = []
    jobs.add(jobOf('patient', 'body'))
    jobs.add(jobOf('urgent', 'body', { urgent: true, done: (failure) => told.push(failure) }))
    const got = taken(jobs)
    expect(got.map(({ record }) => record)).to.deep.equal(['urgent', 'patient'])
    const serials = got.map(({ serial }) => serial)
    jobs.finish(serials, undefined)
    jobs.finish(serials, undefined)
    expect(told).to.deep.equal([undefined])
  })

  it('that are given up are told with their record and the leaf behind which it lies', () => {
    const jobs = queue()
    last = 41
    jobs.add(jobOf('a', 'body'))
    last = 57
    jobs.add(jobOf('b', 'body'))
    expect(jobs.floor()).to.equal(41)
    jobs.finish(jobs.serials(), 'the worker ends at once')
    expect(lost).to.deep.equal(['a behind 41', 'b behind 41'])
    expect(jobs.floor()).to.equal(undefined)
  })

  it('find their memory used again when they are done, and what was read of it unchanged', () => {
    const jobs = queue()
    jobs.add(jobOf('first', 'one'))
    const [first] = taken(jobs)
    jobs.finish(first === undefined ? [] : [first.serial], undefined)
    jobs.add(jobOf('other', 'two'))
    const [second] = taken(jobs)
    expect(second?.record).to.equal('other')
    expect(Buffer.from(first?.request.bytes ?? []).toString()).to.equal('one')
  })
})
