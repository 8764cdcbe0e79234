// How long it takes one thread to wake another one here: what a request between processes, and a commit between threads, is made of.
import { Worker } from 'node:worker_threads'

const turns = 2_000
const answering = `
const { workerData } = require('node:worker_threads')
const cells = new Int32Array(workerData)
for (let turn = 1; turn <= ${turns}; turn += 1) {
  while (Atomics.load(cells, 0) < turn) Atomics.wait(cells, 0, turn - 1)
  Atomics.store(cells, 1, turn)
  Atomics.notify(cells, 1)
}`

/** Microseconds, the mean of 2,000 there and back. Blocks the thread for some tens of milliseconds. */
export function wakeUpMicros(): number {
  const memory = new SharedArrayBuffer(8)
  const cells = new Int32Array(memory)
  new Worker(answering, { eval: true, workerData: memory })
  let started = 0
  for (let turn = 1; turn <= turns; turn += 1) {
    Atomics.store(cells, 0, turn)
    Atomics.notify(cells, 0)
    while (Atomics.load(cells, 1) < turn) Atomics.wait(cells, 1, turn - 1)
    // The first answer waits for the thread to start.
    if (turn === 1) started = performance.now()
  }
  return ((performance.now() - started) * 1000) / (turns - 1) / 2
}
