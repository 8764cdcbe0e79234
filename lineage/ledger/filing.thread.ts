// The filing thread: owns ledger.db. Brings what is committed in the commit log into it, and lets more gather when that is done: one
// transaction for many commits takes a part of what each would. Stands back while clients need the processor; nobody waits for
// it but who wants to read what was committed just now. Runs only our code.
import { setImmediate } from 'node:timers'
import type { MessagePort } from 'node:worker_threads'
import { createRests } from '../../core/processor-share.js'
import { yieldProcessor } from '../../core/thread-priority.js'
import { runOwnerThread } from '../owner-thread.js'
import { commitCells } from './commit-cells.js'
import { followCommits } from './commit-follower.js'
import { recoverCommits } from './commit-recovery.js'
import type { FilingThreadOptions, FromFiling } from './protocol.js'
import { openLedgerStore } from './store.js'

/** Commits gather for as long, milliseconds, before they are filed. */
const gatherMs = 20
const retryMs = 500

function run(client: MessagePort, { dir, cells: memory, recover, share, faults }: FilingThreadOptions): void {
  yieldProcessor('filing')
  const send = (message: FromFiling): void => client.postMessage(message)
  const cells = commitCells(memory)
  const rests = createRests(share)
  const store = openLedgerStore(dir, faults)
  if (recover) recoverCommits(dir, store, cells)
  const commits = followCommits(dir, store.filed().taken, cells)
  let stalled = false

  const file = (): 'some' | 'none' | 'refused' => {
    try {
      const frames = commits.next(!rests.busy())
      if (frames.length === 0) return 'none'
      send({ kind: 'filed', filed: store.append(frames, () => rests.rest()) })
      commits.filed()
      stalled = false
      return 'some'
    } catch (thrown) {
      if (!stalled) send({ kind: 'stalled', reason: thrown instanceof Error ? thrown.message : String(thrown) })
      stalled = true
      return 'refused'
    }
  }
  const step = (): void => {
    const filed = file()
    if (filed !== 'some' && cells.closing()) {
      end()
      return
    }
    if (filed === 'refused') cells.rest(retryMs, () => true)
    else if (filed === 'none') cells.rest(Infinity, () => !commits.waits())
    else if (!commits.waits()) cells.rest(gatherMs, () => !cells.wanted())
    setImmediate(step)
  }
  const end = (): void => {
    commits.close()
    store.close()
    process.exit(0)
  }
  send({ kind: 'ready', filed: store.filed() })
  setImmediate(step)
}

runOwnerThread(run)
