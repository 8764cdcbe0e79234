// Starts one ledger thread and says when it is ready and when it has ended. Starts none again: that is the client's.
import { Worker } from 'node:worker_threads'
import { threadEntry } from '../../core/thread-entry.js'
import type { FromLedger, LedgerThreadOptions } from './protocol.js'

interface WorkerEvents {
  onMessage(message: FromLedger): void
  /** it was ready and has ended, asked or not */
  onEnd(reason: string): void
}

/** Resolves when the thread has opened the ledger; rejects where it ends before. */
export function startLedgerWorker(options: LedgerThreadOptions, events: WorkerEvents): Promise<Worker> {
  const worker = new Worker(threadEntry(import.meta.url, './ledger.thread.js'), { workerData: options })
  return new Promise((resolve, reject) => {
    let cause: Error | undefined
    let ready = false
    worker.on('message', (message: FromLedger) => {
      events.onMessage(message)
      if (message.kind !== 'ready') return
      ready = true
      resolve(worker)
    })
    worker.on('error', (error) => (cause = error))
    worker.on('exit', (code) => {
      const reason = cause?.message ?? `the ledger thread ended (${code})`
      if (ready) events.onEnd(reason)
      else reject(new Error(reason, { cause }))
    })
  })
}
