// The ledger thread: owns the commit log. Takes batches from the client and from gatherer workers, commits together what
// came while the last commit was under way, and answers each sender. What nobody waits for is held for some milliseconds, so
// that it joins a commit that somebody does wait for. Runs only our code; does nothing that an answer need not wait for.
import type { MessagePort } from 'node:worker_threads'
import { systemClock } from '../../core/clock.js'
import { runOwnerThread } from '../owner-thread.js'
import { commitCells } from './commit-cells.js'
import { openCommitLog } from './commit-log.js'
import {
  sharedLeaves,
  type CommitLeaves,
  type FromLedger,
  type LedgerThreadOptions,
  type ToLedger,
} from './protocol.js'

interface Sender {
  postMessage(message: FromLedger): void
}

interface Waiting {
  readonly sender: Sender
  readonly batch: number
  /** undefined: a probe */
  readonly leaves: CommitLeaves | undefined
}

/** How long a patient batch waits for company, in milliseconds. */
const patience = 5

function run(client: MessagePort, options: LedgerThreadOptions): void {
  const log = openCommitLog({ ...options, cells: commitCells(options.cells), clock: systemClock })
  let waiting: Waiting[] = []
  let scheduled = false
  let timer: NodeJS.Timeout | undefined

  const commit = (): void => {
    const group = waiting
    waiting = []
    scheduled = false
    clearTimeout(timer)
    timer = undefined
    if (group.length === 0) return
    const started = performance.now()
    try {
      const before = log.taken()
      log.append(leavesOf(group))
      const taken = log.taken()
      const seconds = (performance.now() - started) / 1000
      const records = taken - before
      // It counts what others store too.
      if (records > 0 && group.every(({ sender }) => sender !== client)) {
        client.postMessage([taken, records, seconds] satisfies FromLedger)
      }
      answer(group, (batches) => [taken, records, seconds, ...batches])
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown)
      answer(group, (batches) => ({ kind: 'failed', batches, reason }))
    }
  }

  const wait = (one: Waiting, patient: boolean): void => {
    waiting.push(one)
    if (scheduled) return
    if (patient) timer ??= setTimeout(commit, patience)
    else {
      scheduled = true
      setImmediate(commit)
    }
  }
  const enqueue = (sender: Sender, message: ToLedger): void => {
    if (!('kind' in message)) {
      const [batch, patient, ...shared] = message
      wait({ sender, batch, leaves: sharedLeaves(shared) }, patient)
    } else if (message.kind === 'append') wait({ sender, batch: message.batch, leaves: message }, message.patient)
    else if (message.kind === 'probe') wait({ sender, batch: message.batch, leaves: undefined }, false)
  }

  client.on('message', (message: ToLedger) => {
    if (!('kind' in message)) enqueue(client, message)
    else if (message.kind === 'port') {
      const { port } = message
      port.on('message', (from: ToLedger) => enqueue(port, from))
    } else if (message.kind === 'close') {
      commit()
      log.close()
      process.exit(0)
    } else enqueue(client, message)
  })
  client.postMessage({ kind: 'ready', taken: log.taken() } satisfies FromLedger)
}

function leavesOf(group: readonly Waiting[]): CommitLeaves[] {
  const all: CommitLeaves[] = []
  for (const { leaves } of group) if (leaves !== undefined) all.push(leaves)
  return all
}

/** One message for each sender, whatever number of its batches were in the group. */
function answer(group: readonly Waiting[], messageFor: (batches: number[]) => FromLedger): void {
  const bySender = new Map<Sender, number[]>()
  for (const { sender, batch } of group) {
    const batches = bySender.get(sender)
    if (batches === undefined) bySender.set(sender, [batch])
    else batches.push(batch)
  }
  for (const [sender, batches] of bySender) sender.postMessage(messageFor(batches))
}

runOwnerThread(run)
