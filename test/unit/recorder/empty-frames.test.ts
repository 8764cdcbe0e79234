import { expect } from 'chai'
import { EmptyFrames } from '../../../recorder/empty-frames.js'
import { frameBytes, type JobFrame } from '../../../recorder/job-frames.js'
import { until } from '../../support/until.js'

describe('frames that hold nothing', () => {
  const takeSome = (empty: EmptyFrames, count: number) => Array.from({ length: count }, () => empty.take(frameBytes))
  const putAll = (empty: EmptyFrames, frames: readonly JobFrame[]) => {
    for (const frame of frames) empty.put(frame)
  }

  it('are used again, empty, and those of another size are not kept', () => {
    const empty = new EmptyFrames()
    const [frame, long] = [empty.take(frameBytes), empty.take(frameBytes * 2)]
    const capture = { bytes: new Uint8Array(3), total: 3, truncated: false }
    const job = { record: 'r', capture: { request: capture, response: capture }, digestSkipped: undefined }
    for (const one of [frame, long]) {
      expect(one.put(1, job)).to.equal(true)
      empty.put(one)
    }
    expect(empty.count()).to.equal(1)
    expect([empty.take(frameBytes * 2), empty.take(frameBytes), empty.take(frameBytes)].indexOf(frame)).to.equal(1)
    expect(frame.used).to.equal(0)
    expect(empty.count()).to.equal(0)
  })

  it('stay as long as work needs so many, then go but for a few', async () => {
    const empty = new EmptyFrames(50)
    putAll(empty, takeSome(empty, 80))
    const work = setInterval(() => putAll(empty, takeSome(empty, 70)), 1)
    await until(() => empty.count() === 70)
    for (let look = 0; look < 4; look++) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      expect(empty.count()).to.equal(70)
    }
    clearInterval(work)
    await until(() => empty.count() === 64)
    putAll(empty, takeSome(empty, 66))
    expect(empty.count()).to.equal(66)
    await until(() => empty.count() === 64)
  })
})
