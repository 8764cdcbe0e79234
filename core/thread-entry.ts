// Where a thread's entry is, and how one is started. Threads always run from dist/, also when their parent runs from TypeScript
// sources.
import { Worker, type WorkerOptions } from 'node:worker_threads'

/**
 * URL of the compiled thread entry `name` (e.g. `./ledger.thread.js`) beside the module `parent` (its import.meta.url).
 */
export function threadEntry(parent: string, name: string): URL {
  const url = new URL(name, parent)
  const root = new URL('../', import.meta.url)
  if (root.pathname.endsWith('/dist/')) return url
  return new URL(`dist/${url.href.slice(root.href.length)}`, root)
}

/**
 * A thread with nothing loaded into it but `entry`: not what the process was told to `--import` first (an agent, a loader of
 * TypeScript), which costs each thread several times its own start.
 */
export function startThread(entry: URL, options: Pick<WorkerOptions, 'workerData' | 'resourceLimits'>): Worker {
  return new Worker(entry, { ...options, execArgv: [] })
}
