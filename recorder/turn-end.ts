// Tells those who wait for nothing but the turn, together when it ends: each of them writes to a client, and a write that finds its
// reader asleep costs twice one that follows another. Never later than the turn in which they came.
import type { Done } from '../core/recorder-port.js'

export function createTurnEnd(): (done: Done) => void {
  let waiting: Done[] = []
  const tell = (): void => {
    const told = waiting
    waiting = []
    for (const done of told) done()
  }
  return (done) => {
    if (waiting.push(done) === 1) setImmediate(tell)
  }
}
