// Keeps the write-ahead log of ledger.db short while commits go on: a thread beside copies most of it back, this one the little
// that came meanwhile, after which SQLite begins the log anew. Never lets a commit wait for the long part.
import { Worker } from 'node:worker_threads'
import { threadEntry } from '../../core/thread-entry.js'
import type { CheckpointThreadOptions, FromCheckpoint, ToCheckpoint } from './protocol.js'

export interface Checkpoints {
  /** A commit left so many pages in the log that are not copied back. */
  committed(pages: number): void
  /** Resolves when the thread has let go of the file. */
  close(): Promise<void>
}

/** Pages that make a copy worth two syncs: 8 MiB. */
const worth = 2_048

/** `finish` copies what is left, in the calling thread. */
export function createCheckpoints(file: string, finish: () => void): Checkpoints {
  const options: CheckpointThreadOptions = { file }
  let worker: Worker | undefined
  let copying = false

  const send = (message: ToCheckpoint): void => {
    worker ??= start()
    worker.postMessage(message)
  }
  const start = (): Worker => {
    const resourceLimits = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 }
    const started = new Worker(threadEntry(import.meta.url, './checkpoint.thread.js'), {
      workerData: options,
      resourceLimits,
    })
    started.on('message', (message: FromCheckpoint) => {
      message.kind satisfies 'copied'
      copying = false
      finish()
    })
    started.on('error', () => undefined)
    // Started again with the next copy; without it SQLite copies by itself once the log is four times as long.
    started.on('exit', () => {
      copying = false
      worker = undefined
    })
    return started
  }
  return {
    committed: (pages) => {
      if (copying || pages < worth) return
      copying = true
      send({ kind: 'copy' })
    },
    close: async () => {
      const ending = worker
      if (ending === undefined) return
      const ended = new Promise((resolve) => ending.once('exit', resolve))
      send({ kind: 'close' })
      await ended
    },
  }
}
