// The ledger thread: owns ledger.db. Takes batches from the client and from gatherer workers, commits together what
// came while the last commit was under way, and answers each sender. What nobody waits for is held for some milliseconds, so
// that it joins a commit that somebody does wait for. Runs only our code; never reads back.
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { join } from 'node:path'
import { systemClock } from '../../core/clock.js'
import { createCheckpoints } from './checkpoints.js'
import type { AppendMessage, FromLedger, LedgerThreadOptions, ToLedger } from './protocol.js'
import { ledgerFile } from './schema.js'
import { openLedgerStore } from './store.js'

interface Sender {
  postMessage(message: FromLedger): void
}

interface Waiting {
  readonly sender: Sender
  readonly batch: number
  /** undefined: a probe */
  readonly append: AppendMessage | undefined
}

/** How long a patient batch waits for company, in milliseconds. */
const patience = 5
/** How long the log is, is asked SQLite for once in so many commits: it takes as much as a leaf does. */
const commitsPerLook = 8

function run(client: MessagePort, options: LedgerThreadOptions): void {
  const store = openLedgerStore(options.dir, systemClock, options.faults)
  const checkpoints = createCheckpoints(join(options.dir, ledgerFile), () => store.checkpoint())
  let waiting: Waiting[] = []
  let scheduled = false
  let timer: NodeJS.Timeout | undefined
  let commits = 0

  const commit = (): void => {
    const group = waiting
    waiting = []
    scheduled = false
    clearTimeout(timer)
    timer = undefined
    if (group.length === 0) return
    const started = performance.now()
    const appends = group.flatMap(({ append }) => (append === undefined ? [] : [append]))
    try {
      const { seq, records } = appends.length > 0 ? store.append(appends) : { seq: store.last(), records: 0 }
      if (appends.length === 0) store.probe()
      const seconds = (performance.now() - started) / 1000
      const told = answer(group, (batches) => ({ kind: 'stored', batches, seq, records, seconds }))
      if (records > 0 && !told.has(client)) {
        client.postMessage({ kind: 'stored', batches: [], seq, records, seconds } satisfies FromLedger)
      }
      if ((commits += 1) % commitsPerLook === 0) checkpoints.committed(store.logPages())
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown)
      answer(group, (batches) => ({ kind: 'failed', batches, reason }))
    }
  }

  // The last to let go of the file puts the whole log away.
  const close = async (): Promise<void> => {
    await checkpoints.close()
    store.close()
    process.exit(0)
  }

  const enqueue = (sender: Sender, message: ToLedger): void => {
    if (message.kind === 'append') waiting.push({ sender, batch: message.batch, append: message })
    else if (message.kind === 'probe') waiting.push({ sender, batch: message.batch, append: undefined })
    else return
    if (scheduled) return
    if (message.kind === 'append' && message.patient) timer ??= setTimeout(commit, patience)
    else {
      scheduled = true
      setImmediate(commit)
    }
  }

  client.on('message', (message: ToLedger) => {
    if (message.kind === 'port') {
      const { port } = message
      port.on('message', (from: ToLedger) => enqueue(port, from))
    } else if (message.kind === 'close') {
      commit()
      void close()
    } else {
      enqueue(client, message)
    }
  })
  client.postMessage({ kind: 'ready', seq: store.last() } satisfies FromLedger)
}

/** One message for each sender, whatever number of its batches were in the group; gives those who got one. */
function answer(
  group: readonly Waiting[],
  messageFor: (batches: number[]) => FromLedger,
): ReadonlyMap<Sender, unknown> {
  const bySender = new Map<Sender, number[]>()
  for (const { sender, batch } of group) {
    const batches = bySender.get(sender)
    if (batches === undefined) bySender.set(sender, [batch])
    else batches.push(batch)
  }
  for (const [sender, batches] of bySender) sender.postMessage(messageFor(batches))
  return bySender
}

if (parentPort !== null) run(parentPort, workerData as LedgerThreadOptions)
