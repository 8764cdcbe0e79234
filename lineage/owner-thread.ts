// Both ends of a thread that owns one of this room's files: starts it, has it begin, and says when it is ready and when it has
// ended. Starts none again: that is its client's.
import { parentPort, workerData, type MessagePort, type Worker } from 'node:worker_threads'
import { shrinkWhenQuiet } from '../core/quiet-heap.js'
import { startThread } from '../core/thread-entry.js'

interface OwnerThread {
  /** as errors name it, e.g. `ledger` */
  readonly name: string
  /** its compiled entry, see core/thread-entry.ts */
  readonly entry: URL
  /** structured-clonable */
  readonly options: unknown
  /** It begins when this resolves (undefined: at once), and is ended where it does not. */
  readonly after?: Promise<void> | undefined
}

interface OwnerThreadEvents<Message> {
  onMessage(message: Message): void
  /** it was ready and has ended, asked or not */
  onEnd(reason: string): void
}

/** Resolves when the thread has sent `ready`; rejects where it ends before. */
export function startOwnerThread<Message extends object>(
  { name, entry, options, after = Promise.resolve() }: OwnerThread,
  events: OwnerThreadEvents<Message>,
): Promise<Worker> {
  const worker = startThread(entry, { workerData: options })
  after.then(
    () => worker.postMessage('begin'),
    () => void worker.terminate(),
  )
  return new Promise((resolve, reject) => {
    let cause: unknown
    let ready = false
    worker.on('message', (message: Message) => {
      events.onMessage(message)
      if (!('kind' in message) || message.kind !== 'ready') return
      ready = true
      resolve(worker)
    })
    worker.on('error', (error: unknown) => (cause = error))
    worker.on('exit', (code) => {
      const reason = reasonOf(cause, name) ?? `the ${name} thread ended (${code})`
      if (ready) events.onEnd(reason)
      else reject(new Error(reason, { cause }))
    })
  })
}

/** In such a thread: runs `run` with the options that it was given, when it is to begin. */
export function runOwnerThread(run: (client: MessagePort, options: never) => void): void {
  shrinkWhenQuiet()
  const client = parentPort
  client?.once('message', () => run(client, workerData as never))
}

/** SQLite's errors lose their message on the way out of a thread; the code is left. */
function reasonOf(cause: unknown, name: string): string | undefined {
  if (typeof cause !== 'object' || cause === null) return undefined
  const { message, code } = cause as { readonly message?: unknown; readonly code?: unknown }
  if (typeof message === 'string') return message
  if (code === 'SQLITE_NOTADB') return `its ${name}.db is no database`
  return typeof code === 'string' ? `its ${name}.db can’t be opened (${code})` : undefined
}
