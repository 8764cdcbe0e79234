import { expect } from 'chai'
import { createGatherPace } from '../../../recorder/gather-pace.js'

describe('the pace of jobs for a gatherer worker', () => {
  let waiting = 0
  let sent: number[] = []
  const pace = createGatherPace({ waiting: () => waiting }, () => {
    sent.push(waiting)
    waiting = 0
  })
  const come = (urgent: boolean, busy = false) => {
    waiting++
    pace.wake(urgent, busy)
  }
  const turn = () => new Promise(setImmediate)
  const until = async (condition: () => boolean) => {
    while (!condition()) await turn()
  }
  beforeEach(() => {
    waiting = 0
    sent = []
  })

  it('collects what nobody waits for, and sends it all the same', async () => {
    come(false)
    come(false)
    await until(() => sent.length > 0)
    expect(sent).to.deep.equal([2])
  })

  it('sends with this turn’s jobs where somebody waits', async () => {
    come(false)
    come(true)
    come(false)
    await turn()
    expect(sent).to.deep.equal([3])
  })

  it('sends nothing to a busy worker, and what is urgent as soon as it is free', async () => {
    come(true, true)
    await turn()
    expect(sent).to.deep.equal([])
    pace.freed()
    expect(sent).to.deep.equal([1])
  })

  it('sends many at once when the worker is free, and few a little later', async () => {
    for (let count = 0; count < 64; count++) come(false, true)
    pace.freed()
    expect(sent).to.deep.equal([64])
    come(false, true)
    pace.freed()
    expect(sent).to.deep.equal([64])
    await until(() => sent.length > 1)
    expect(sent).to.deep.equal([64, 1])
  })
})
