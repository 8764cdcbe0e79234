import { expect } from 'chai'
import { createRests } from '../../../../core/processor-share.js'
import type { Micros } from '../../../../core/ids.js'
import { createFollower } from '../../../../lineage/graph/follower.js'
import type { RecordedLeaf } from '../../../../lineage/model/leaf.js'
import { factsOf, used } from '../../../support/graphs.js'
import { until } from '../../../support/until.js'

describe('the graph’s follower', () => {
  it('says that the disk refuses where that keeps it from writing a gap, and writes it when there is room', async () => {
    const spoilt = factsOf(1, [{ ...used(1, 'run:1', 'object:a@1'), time: 'later' as unknown as Micros }])
    const leaf: RecordedLeaf = { seq: 1, recorded: 1 as Micros, leaf: spoilt }
    const written: string[] = []
    const told: string[] = []
    let full = true
    const follower = createFollower({
      ledger: { count: () => 1, leavesAfter: (seq) => (seq === 0 ? [leaf] : []) },
      projection: {
        position: () => ({ seq: 0, recorded: 0, projection: 1 }),
        project: ([one]) => {
          if (one?.leaf.kind === 'facts') throw new TypeError('"later" stands where a number is expected')
          if (full) throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })
          written.push(one?.leaf.kind === 'gap' ? one.leaf.reason : 'no gap')
        },
        carryOut: () => undefined,
        commit: () => undefined,
      },
      rests: createRests(undefined),
      plans: { take: (_after, _behind, done) => done(undefined), far: () => false },
      onProjected: (leaves) => told.push(`${leaves} projected`),
      onStalled: (reason) => told.push(reason),
    })
    follower.advance(1)
    await until(() => told.length === 1)
    full = false
    await until(() => told.length === 2)
    expect(told).to.deep.equal(['database or disk is full', '1 projected'])
    expect(written).to.deep.equal(['not-projected'])
    expect(follower.progress()).to.deep.equal({ reached: 1, lag: 0 })
  })
})
