import { expect } from 'chai'
import fc from 'fast-check'
import { packJobs, unpackJobs, type FramedBody, type PackedJob } from '../../../recorder/job-frames.js'
import { runs } from '../../support/fuzz.js'

const body: fc.Arbitrary<FramedBody> = fc.record({
  bytes: fc.uint8Array({ maxLength: 64 }),
  total: fc.maxSafeNat(),
  truncated: fc.boolean(),
  digestSkipped: fc.boolean(),
})

/** ASCII, Latin-1, what takes three and four bytes, and any mixture. */
const name = fc.oneof(
  fc.string({ unit: 'binary-ascii' }),
  fc.string({ unit: fc.constantFrom('é', 'ÿ', '\u0080', 'a') }),
  fc.string({ unit: fc.constantFrom('漢', '\uffff', '😀', 'z') }),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
)

const job: fc.Arbitrary<PackedJob> = fc.record({
  serial: fc.nat({ max: 0x7fff_ffff }),
  record: fc.record({ name, target: name }).map((record) => JSON.stringify(record)),
  request: body,
  response: body,
  headsOnly: fc.boolean(),
})

/** Bodies as plain lists, whatever kind of view they are. */
function plain({ serial, record, request, response, headsOnly }: PackedJob): unknown {
  const side = ({ bytes, total, truncated, digestSkipped }: FramedBody) => ({
    ...{ bytes: [...bytes], total, truncated, digestSkipped },
  })
  return { serial, record, request: side(request), response: side(response), headsOnly }
}

describe('jobs in one buffer', () => {
  it('come out as they went in, whatever their records and bodies hold', () => {
    fc.assert(
      fc.property(fc.array(job, { maxLength: 8 }), (jobs) => {
        expect([...unpackJobs(packJobs(jobs))].map(plain)).to.deep.equal(jobs.map(plain))
      }),
      { numRuns: runs(2_000) },
    )
  })

  it('keep no view into what was given', () => {
    const bytes = Buffer.from('before')
    const side = { bytes, total: 6, truncated: false, digestSkipped: false }
    const packed = packJobs([{ serial: 1, record: '"é"', request: side, response: side, headsOnly: false }])
    bytes.fill('x')
    const [found] = [...unpackJobs(packed)]
    expect(Buffer.from(found!.request.bytes).toString()).to.equal('before')
    expect(found!.record).to.equal('"é"')
  })
})
