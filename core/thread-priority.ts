// Which threads stand back when the processor is short. The proxy and the ledger answer clients; gatherers, filing and the
// graph only have to follow, within their queues' bounds.
import { setPriority } from 'node:os'

/** On Linux a nice value is a thread's own (sched(7)); elsewhere it would be the whole process's, so nothing is done. */
const niceness = { gatherer: 5, filing: 5, graph: 10 } as const

/** For the calling thread, once, when it starts. Without the right to do so it goes on as it was. */
export function yieldProcessor(thread: keyof typeof niceness): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(0, niceness[thread])
  } catch {
    // a sandbox may forbid it; then the threads share evenly
  }
}
