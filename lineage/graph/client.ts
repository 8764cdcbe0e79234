// The graph as other rooms use it: asks the graph thread, and starts it again when it dies (graph.db is whole after any
// death: each batch of leaves and its ledger position are one transaction). Never touches the file itself.
import type { Worker } from 'node:worker_threads'
import { WaybillError } from '../../core/errors.js'
import type { ProcessorShares, ThreadShare } from '../../core/processor-share.js'
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
  /** undefined: the projection takes all of the processor that it gets */
  readonly shares?: ProcessorShares
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

const restartPauseMs = 250
/** Leaves that the projection may be behind while it stands back; with half of it, it begins to take its part. */
const lagAtMost = 250_000

/** The ledger must be open (ledger.db there) before. Throws WB_DATA_FOLDER where graph.db can't be used. */
export async function openGraph({ dir, signals, external = [], shares }: GraphParts): Promise<GraphClient> {
  const lag = { known: 0, reached: 0 }
  const share = shares?.forThread(() => (lag.known - lag.reached) / lagAtMost)
  const thread = createThread({ dir, external, share: share?.memory }, { signals, share, lag })
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

/** What the thread was asked and has not answered; as long as there is any it is not held back. */
interface Questions {
  /** The number that its answer carries. */
  add(waiting: Waiting): number
  take(id: number): Waiting | undefined
  refuse(reason: string): void
}

function createQuestions(share: ThreadShare | undefined): Questions {
  const waiting = new Map<number, Waiting>()
  let asked = 0
  const take = (id: number): Waiting | undefined => {
    const one = waiting.get(id)
    if (waiting.delete(id)) share?.press(-1)
    return one
  }
  return {
    take,
    add: (one) => {
      waiting.set((asked += 1), one)
      share?.press(1)
      return asked
    },
    refuse: (reason) => {
      for (const id of [...waiting.keys()]) take(id)?.reject(new WaybillError('WB_INTERNAL', { reason }))
    },
  }
}

/** Leaves that the ledger has, and that the graph has. */
interface Lag {
  known: number
  reached: number
}

interface ThreadParts {
  readonly signals: Signals
  readonly share: ThreadShare | undefined
  readonly lag: Lag
}

function createThread(options: GraphThreadOptions, { signals, share, lag }: ThreadParts): GraphThread {
  const questions = createQuestions(share)
  let worker: Worker | undefined
  /** it was told of leaves that it has not taken yet, and will say when it has */
  let told = false
  let closing = false

  const onMessage = (message: FromGraph): void => {
    if (message.kind === 'projected') {
      lag.reached = Math.max(lag.reached, message.seq)
      lag.known = Math.max(lag.known, lag.reached)
      signals.graphProjected.publish({ leaves: message.leaves, lag: lag.known - lag.reached })
      tell()
    }
    if (message.kind === 'answer') questions.take(message.id)?.resolve(message.value)
    if (message.kind !== 'failed') return
    questions.take(message.id)?.reject(new WaybillError('WB_INTERNAL', { reason: `graph query: ${message.reason}` }))
  }
  const onEnd = (reason: string): void => {
    worker = undefined
    questions.refuse(reason)
    if (!closing) setTimeout(() => void restart(), restartPauseMs).unref()
  }
  const restart = async (): Promise<void> => {
    if (closing || worker !== undefined) return
    try {
      await start()
      tell()
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
  // Once for many commits: each message costs the sender as much as a record does.
  const tell = (): void => {
    told = lag.known > lag.reached
    if (told) send({ kind: 'advance', seq: lag.known })
  }

  return {
    start,
    advance: (seq) => {
      lag.known = Math.max(lag.known, seq)
      if (!told) tell()
    },
    ask: (message) =>
      new Promise((resolve, reject) => {
        if (worker === undefined) {
          reject(new WaybillError('WB_INTERNAL', { reason: 'the graph thread is down; it is being started again' }))
          return
        }
        send(message(questions.add({ resolve, reject })))
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
