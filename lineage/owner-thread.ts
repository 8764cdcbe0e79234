// Starts the thread that owns one of this room's files, and says when it is ready and when it has ended. Starts none
// again: that is its client's.
import { Worker } from 'node:worker_threads'

interface OwnerThread {
  /** as errors name it, e.g. `ledger` */
  readonly name: string
  /** its compiled entry, see core/thread-entry.ts */
  readonly entry: URL
  /** structured-clonable */
  readonly options: unknown
}

interface OwnerThreadEvents<Message> {
  onMessage(message: Message): void
  /** it was ready and has ended, asked or not */
  onEnd(reason: string): void
}

/** Resolves when the thread has sent `ready`; rejects where it ends before. */
export function startOwnerThread<Message extends { readonly kind: string }>(
  { name, entry, options }: OwnerThread,
  events: OwnerThreadEvents<Message>,
): Promise<Worker> {
  const worker = new Worker(entry, { workerData: options })
  return new Promise((resolve, reject) => {
    let cause: Error | undefined
    let ready = false
    worker.on('message', (message: Message) => {
      events.onMessage(message)
      if (message.kind !== 'ready') return
      ready = true
      resolve(worker)
    })
    worker.on('error', (error) => (cause = error))
    worker.on('exit', (code) => {
      const reason = cause?.message ?? `the ${name} thread ended (${code})`
      if (ready) events.onEnd(reason)
      else reject(new Error(reason, { cause }))
    })
  })
}
