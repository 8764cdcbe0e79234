import { expect } from 'chai'
import fc from 'fast-check'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { LinkedList, type Place } from '../../../core/linked-list.js'
import { runs } from '../../support/fuzz.js'

describe('a linked list', () => {
  it('holds what came and has not left, in the order in which it came', () => {
    const step = fc.oneof(
      fc.constant({ does: 'add' as const }),
      fc.constant({ does: 'shift' as const }),
      fc.record({ does: fc.constant('leave' as const), which: fc.nat(40) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const list = new LinkedList<number>()
        const places: Place[] = []
        let held: number[] = []
        for (const one of steps) {
          if (one.does === 'add') {
            held.push(places.length)
            places.push(list.add(places.length))
          } else if (one.does === 'shift') {
            expect(list.shift()).to.equal(held.shift())
          } else {
            // Also of those that have left already.
            places[one.which]?.leave()
            held = held.filter((value) => value !== one.which)
          }
          expect(list.oldest()).to.equal(held[0])
          expect(list.values()).to.deep.equal(held)
        }
      }),
      { numRuns: runs(500) },
    )
  })

  it('keeps nothing alive that has left it, when it has grown old itself', () => {
    const list = new LinkedList<unknown>()
    const kept = [1, 3, 60].map((members) => {
      const places = Array.from({ length: members }, (_, number) => list.add(number))
      for (let collections = 0; collections < 3; collections += 1) collectYoung()
      const before = process.memoryUsage().heapUsed
      for (let passed = 0; passed < 40_000; passed += 1) {
        places.push(list.add(Array.from({ length: 100 }, () => passed)))
        places.shift()?.leave()
      }
      collectYoung()
      collectYoung()
      for (const place of places) place.leave()
      return process.memoryUsage().heapUsed - before
    })
    // Of 36 MB each: what a Set kept of them was 5 to 19.
    expect(Math.max(...kept)).to.be.below(2_000_000)
  })
})

function collectYoung(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (options: { readonly type: 'minor' }) => void
  collect({ type: 'minor' })
}
