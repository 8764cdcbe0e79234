// The graph as other rooms use it: asks the graph thread, and starts it again when it dies (graph.db is whole after any
// death: each batch of leaves and its ledger position are one transaction). Never touches the file itself.
import type { Worker } from 'node:worker_threads'
import { WaybillError } from '../../core/errors.js'
import type { Signals } from '../../core/signals.js'
import { threadEntry } from '../../core/thread-entry.js'
import { startOwnerThread } from '../owner-thread.js'
import type { GraphReader, LedgerReader } from '../ports.js'
import type { FromGraph, GraphThreadOptions, QueryName, ToGraph } from './protocol.js'

export interface GraphClient extends GraphReader, LedgerReader {
  /** The ledger has committed up to `seq`. */
  advance(seq: number): void
  /** Resolves when the projection has reached what the ledger had at the call. */
  caughtUp(): Promise<void>
  close(): Promise<void>
}

export interface GraphParts {
  readonly dir: string
  readonly signals: Signals
  /** names whose origin is outside by configuration, exact or ending in `*` */
  readonly external?: readonly string[]
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

const restartPauseMs = 250

/** The ledger must be open (ledger.db there) before. Throws WB_DATA_FOLDER where graph.db can't be used. */
export async function openGraph({ dir, signals, external = [] }: GraphParts): Promise<GraphClient> {
  const thread = createThread({ dir, external }, signals)
  try {
    await thread.start()
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    throw new WaybillError('WB_DATA_FOLDER', { path: dir, reason }, thrown)
  }
  const ask = <T>(name: QueryName, ...args: readonly unknown[]): Promise<T> =>
    thread.ask((id) => ({ kind: 'query', id, name, args })) as Promise<T>
  return {
    node: (id, scope, when) => ask('node', id, scope, when),
    closure: (root, direction, options, scope) => ask('closure', root, direction, options, scope),
    path: (from, to, options, scope) => ask('path', from, to, options, scope),
    list: (filter, scope) => ask('list', filter, scope),
    near: (text, limit, scope) => ask('near', text, limit, scope),
    coverage: (scope) => ask('coverage', scope),
    exchange: (id, scope) => ask('exchange', id, scope),
    exchanges: (filter, scope) => ask('exchanges', filter, scope),
    advance: (seq) => thread.advance(seq),
    caughtUp: async () => {
      await thread.ask((id) => ({ kind: 'catch-up', id }))
    },
    close: () => thread.close(),
  }
}

interface GraphThread {
  start(): Promise<void>
  ask(message: (id: number) => ToGraph): Promise<unknown>
  advance(seq: number): void
  close(): Promise<void>
}

function createThread(options: GraphThreadOptions, signals: Signals): GraphThread {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let asked = 0
  let known = 0
  let closing = false

  const onMessage = (message: FromGraph): void => {
    if (message.kind === 'projected') signals.graphProjected.publish({ leaves: message.leaves, lag: message.lag })
    if (message.kind !== 'answer' && message.kind !== 'failed') return
    const one = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.kind === 'answer') one?.resolve(message.value)
    else one?.reject(new WaybillError('WB_INTERNAL', { reason: `graph query: ${message.reason}` }))
  }
  const onEnd = (reason: string): void => {
    worker = undefined
    for (const one of waiting.values()) one.reject(new WaybillError('WB_INTERNAL', { reason }))
    waiting.clear()
    if (!closing) setTimeout(() => void restart(), restartPauseMs).unref()
  }
  const restart = async (): Promise<void> => {
    if (closing || worker !== undefined) return
    try {
      await start()
      send({ kind: 'advance', seq: known })
    } catch {
      // It has told why when it ended; queries are refused meanwhile, and it is tried again.
      setTimeout(() => void restart(), restartPauseMs).unref()
    }
  }
  const start = async (): Promise<void> => {
    const entry = threadEntry(import.meta.url, './graph.thread.js')
    worker = await startOwnerThread<FromGraph>({ name: 'graph', entry, options }, { onMessage, onEnd })
  }
  const send = (message: ToGraph): void => worker?.postMessage(message)

  return {
    start,
    advance: (seq) => {
      known = Math.max(known, seq)
      send({ kind: 'advance', seq })
    },
    ask: (message) =>
      new Promise((resolve, reject) => {
        if (worker === undefined) {
          reject(new WaybillError('WB_INTERNAL', { reason: 'the graph thread is down; it is being started again' }))
          return
        }
        asked += 1
        waiting.set(asked, { resolve, reject })
        send(message(asked))
      }),
    close: async () => {
      closing = true
      const ending = worker
      if (ending === undefined) return
      const ended = new Promise((resolve) => ending.once('exit', resolve))
      send({ kind: 'close' })
      await ended
    },
  }
}
