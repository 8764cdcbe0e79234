// Reads leaves of the ledger and makes their plans while the graph thread, which started it, writes those before. Started where
// the graph is far behind. Owns no file; runs only our code.
import type { MessagePort } from 'node:worker_threads'
import { createRests } from '../../core/processor-share.js'
import { yieldProcessor } from '../../core/thread-priority.js'
import { openLedgerRows } from '../ledger/reader.js'
import type { RecordedLeaf } from '../model/leaf.js'
import { runOwnerThread } from '../owner-thread.js'
import { readBatch } from './leaf-batch.js'
import { buffersOf, type Plan } from './plan.js'
import { planOf } from './planning.js'
import type { FromPlanner, PlannerThreadOptions, ToPlanner } from './planner-protocol.js'

function run(client: MessagePort, { dir, share }: PlannerThreadOptions): void {
  yieldProcessor('graph')
  const ledger = openLedgerRows(dir)
  const rests = createRests(share)
  /** leaves read before that the last plan had no room for */
  let left: readonly RecordedLeaf[] = []
  const plan = (after: number): Plan | undefined => {
    try {
      const leaves = left[0]?.seq === after + 1 ? left : readBatch(ledger, after, rests)
      left = []
      if (leaves.length === 0) return undefined
      const made = planOf(leaves, rests)
      left = leaves.slice(made.leaves)
      return made
    } catch {
      // The graph thread tries for itself, leaf by leaf, and says what is wrong.
      return undefined
    }
  }
  client.on('message', (message: ToPlanner) => {
    if (message.kind === 'close') {
      ledger.close()
      process.exit(0)
    }
    const made = plan(message.after)
    const answer: FromPlanner = { kind: 'planned', after: message.after, plan: made }
    client.postMessage(answer, made === undefined ? [] : buffersOf(made))
  })
  client.postMessage({ kind: 'ready' } satisfies FromPlanner)
}

runOwnerThread(run)
