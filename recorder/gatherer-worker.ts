// Starts one gatherer worker and says why it ended. Starts none again: that is the lane's.
import type { Worker } from 'node:worker_threads'
import { startThread, threadEntry } from '../core/thread-entry.js'
import type { FromGatherer, GathererThreadOptions } from './gather-protocol.js'

interface WorkerEvents {
  onMessage(message: FromGatherer): void
  onEnd(reason: string): void
}

/** `memory`: bytes of heap, past which it ends. */
export function startGathererWorker(options: GathererThreadOptions, memory: number, events: WorkerEvents): Worker {
  const resourceLimits = { maxOldGenerationSizeMb: Math.ceil(memory / (1024 * 1024)) }
  const entry = threadEntry(import.meta.url, './gatherer.thread.js')
  const worker = startThread(entry, { workerData: options, resourceLimits })
  let cause: Error | undefined
  worker.on('message', (message: FromGatherer) => events.onMessage(message))
  worker.on('error', (error) => (cause = error))
  worker.on('exit', (code) => events.onEnd(cause?.message ?? `it ended (${code})`))
  return worker
}
