import { expect } from 'chai'
import { createQuietHeap, type Finding } from '../../../core/quiet-heap.js'

const mib = 1024 * 1024

describe('a heap that is made small in a quiet moment', () => {
  let found: Finding
  let collected: number
  /** its size after a collection; undefined: as before */
  let after: number | undefined

  const heapOf = (size: number) => {
    found = { size, busy: 0 }
    collected = 0
    after = undefined
    return createQuietHeap(
      () => found,
      () => {
        collected += 1
        found = { ...found, size: after ?? found.size }
      },
    )
  }

  it('is collected where its thread had little to do since the last look, until it is small', () => {
    const heap = heapOf(32 * mib)
    heap.look()
    expect(collected).to.equal(1)
    after = mib
    heap.look()
    expect(collected).to.equal(2)
    heap.look()
    expect(collected).to.equal(2)
  })

  it('is left alone while its thread works, however little it needs', () => {
    const heap = heapOf(32 * mib)
    found = { ...found, busy: 0.05 }
    for (let look = 0; look < 20; look += 1) heap.look()
    expect(collected).to.equal(0)
  })

  it('is left alone where it is small', () => {
    const heap = heapOf(4 * mib)
    heap.look()
    expect(collected).to.equal(0)
  })

  it('is collected a few times only where that is of no use, and again after the next load', () => {
    const heap = heapOf(32 * mib)
    for (let look = 0; look < 20; look += 1) heap.look()
    expect(collected).to.equal(5)
    found = { ...found, busy: 1 }
    heap.look()
    found = { ...found, busy: 0 }
    heap.look()
    expect(collected).to.equal(6)
  })
})
