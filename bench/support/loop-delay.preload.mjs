// Preloaded into a measured process (`node --import`): watches the event loop of its main thread, the proxy's, and on
// SIGUSR2 writes what it saw since the last time to the file that BENCH_LOOP_FILE names, as one JSON line.
import { appendFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

const file = process.env.BENCH_LOOP_FILE
if (isMainThread && file !== undefined) {
  const resolution = 1
  const watch = monitorEventLoopDelay({ resolution })
  watch.enable()
  // the histogram holds the time between two ticks of a timer, so its period is taken off
  const delay = (percent) => Math.max(0, watch.percentile(percent) / 1e6 - resolution)
  process.on('SIGUSR2', () => {
    appendFileSync(file, `${JSON.stringify({ p50Ms: delay(50), p99Ms: delay(99), maxMs: delay(100) })}\n`)
    watch.reset()
  })
}
