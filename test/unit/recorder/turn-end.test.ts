import { expect } from 'chai'
import { createTurnEnd } from '../../../recorder/turn-end.js'

describe('those who wait for the turn', () => {
  it('are told together when it ends, in order, and those who come meanwhile in the next', async () => {
    const atTurnEnd = createTurnEnd()
    const told: string[] = []
    atTurnEnd(() => {
      told.push('a')
      atTurnEnd(() => told.push('c'))
    })
    atTurnEnd(() => told.push('b'))
    await Promise.resolve()
    expect(told).to.deep.equal([])
    await new Promise(setImmediate)
    expect(told).to.deep.equal(['a', 'b'])
    await new Promise(setImmediate)
    expect(told).to.deep.equal(['a', 'b', 'c'])
  })
})
