import { expect } from 'chai'
import { createQuietHeap, type YoungSpace } from '../../../core/quiet-heap.js'

const mib = 1024 * 1024

describe('a heap that is made small in a quiet moment', () => {
  let space: YoungSpace
  let collected: number
  let small: boolean
  let whole: number

  const heapOf = () => {
    collected = 0
    small = false
    whole = 0
    return createQuietHeap(() => space, {
      minor: () => {
        collected += 1
        space = { size: small ? mib : space.size, used: 0 }
      },
      major: () => (whole += 1),
    })
  }
  const make = (bytes: number) => {
    space = { ...space, used: space.used + bytes }
  }

  it('is collected where little was made since the last look, until it is small', () => {
    space = { size: 32 * mib, used: 13 * mib }
    const heap = heapOf()
    make(mib / 2)
    heap.look()
    expect(collected).to.equal(1)
    small = true
    heap.look()
    expect(collected).to.equal(2)
    heap.look()
    expect(collected).to.equal(2)
  })

  it('is left alone while things are made, or were collected since', () => {
    space = { size: 32 * mib, used: 2 * mib }
    const heap = heapOf()
    make(3 * mib)
    heap.look()
    space = { ...space, used: mib }
    heap.look()
    expect(collected).to.equal(0)
  })

  it('is left alone where it is small', () => {
    space = { size: 4 * mib, used: mib }
    const heap = heapOf()
    heap.look()
    expect(collected).to.equal(0)
  })

  it('is collected a few times only where that is of no use, and again after the next load', () => {
    space = { size: 32 * mib, used: 0 }
    const heap = heapOf()
    for (let look = 0; look < 20; look += 1) heap.look()
    expect(collected).to.equal(5)
    make(9 * mib)
    heap.look()
    heap.look()
    expect(collected).to.equal(6)
  })

  it('is collected as a whole now and then in quiet moments, however long a load was before', () => {
    space = { size: mib, used: 0 }
    const heap = heapOf()
    for (let look = 0; look < 60; look += 1) {
      make(3 * mib)
      heap.look()
    }
    expect(whole).to.equal(0)
    heap.look()
    expect(whole).to.equal(1)
    for (let look = 0; look < 50; look += 1) heap.look()
    expect(whole).to.equal(3)
  })
})
