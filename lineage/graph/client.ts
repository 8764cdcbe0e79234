// The graph as other rooms use it: asks the graph thread, and starts it again when it dies (graph.db is whole after any
// death: each batch of leaves and its ledger position are one transaction). Never touches the file itself.
import { WaybillError } from '../../core/errors.js'
import type { ProcessorShares, ThreadShare } from '../../core/processor-share.js'
import type { Signals } from '../../core/signals.js'
import { threadEntry } from '../../core/thread-entry.js'
import { createKeptThread } from '../kept-thread.js'
import { createLag } from '../lag.js'
import type { GraphReader, LedgerReader } from '../ports.js'
import type { DiskFaults } from '../sqlite/faults.js'
import type { FromGraph, GraphThreadOptions, QueryName, ToGraph } from './protocol.js'

export interface GraphClient extends GraphReader, LedgerReader {
  /** The ledger has committed up to `seq`. */
  advance(seq: number): void
  /** Resolves when the projection has reached what the ledger had at the call. */
  caughtUp(): Promise<void>
  /** `stalled`: its disk takes nothing, answers are of before; `down`: its thread has died, it is being started again */
  state(): GraphState
  /** leaves of the ledger that it has not projected, as far as known */
  lag(): number
  close(): Promise<void>
}

export type GraphState = 'following' | 'stalled' | 'down'

export interface GraphParts {
  readonly dir: string
  readonly signals: Signals
  /** names whose origin is outside by configuration, exact or ending in `*`; undefined: those that the folder was last run with */
  readonly external?: readonly string[]
  /** Resolves when what the ledger has committed is there to be read; without it, it is. */
  readonly filed?: () => Promise<void>
  /** ledger.db is there when it resolves; the thread is loaded meanwhile */
  readonly after?: Promise<void>
  /** undefined: the projection takes all of the processor that it gets */
  readonly shares?: ProcessorShares
  /** tests only */
  readonly faults?: DiskFaults
}

/** Leaves that the projection may be behind while it stands back; with half of it, it begins to take its part. */
const lagAtMost = 250_000

/** The ledger must be open (ledger.db there) before, or `after`. Throws WB_DATA_FOLDER where graph.db can't be used. */
export async function openGraph({
  dir,
  signals,
  external,
  after,
  filed,
  shares,
  faults,
}: GraphParts): Promise<GraphClient> {
  const place = createPlace()
  const { lag } = place
  const share = shares?.forThread({ filled: () => lag.leaves() / lagAtMost, behind: () => lag.millis() })
  const options = { dir, external, share: share?.memory }
  const thread = createThread(faults === undefined ? options : { ...options, faults }, { signals, share, place, after })
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
    exchange: async (id, scope) => {
      await filed?.()
      return ask('exchange', id, scope)
    },
    exchanges: async (filter, scope) => {
      await filed?.()
      return ask('exchanges', filter, scope)
    },
    advance: (seq) => thread.advance(seq),
    caughtUp: async () => {
      await filed?.()
      await thread.ask((id) => ({ kind: 'catch-up', id }))
    },
    state: () => thread.state(),
    lag: () => thread.lag(),
    close: () => thread.close(),
  }
}

interface GraphThread extends Pick<GraphClient, 'advance' | 'state' | 'lag' | 'close'> {
  start(): Promise<void>
  ask(message: (id: number) => ToGraph): Promise<unknown>
}

interface ThreadParts {
  readonly signals: Signals
  readonly share: ThreadShare | undefined
  readonly place: Place
  readonly after: Promise<void> | undefined
}

function createThread(options: GraphThreadOptions, { signals, share, place, after }: ThreadParts): GraphThread {
  const { lag } = place
  const questions = createQuestions(share)
  /** it was told of leaves that it has not taken yet, and will say when it has */
  let told = false

  const onMessage = (message: FromGraph): void => {
    if (message.kind === 'answer' || message.kind === 'failed') questions.answered(message)
    else place.told(message)
    if (message.kind === 'stalled') signals.graphFailed.publish({ reason: message.reason })
    if (message.kind !== 'projected') return
    tell()
    thread.advanced()
    signals.graphProjected.publish({ leaves: message.leaves, lag: lag.leaves() })
  }
  const thread = createKeptThread<FromGraph>(
    { name: 'graph', entry: threadEntry(import.meta.url, './graph.thread.js'), options: () => options, after },
    {
      onMessage,
      onEnd: questions.refuseAll,
      onDown: (reason) => signals.graphFailed.publish({ reason }),
      onUp: (reason) => {
        tell()
        signals.graphRestarted.publish({ reason })
      },
    },
  )
  const send = (message: ToGraph): void => thread.worker()?.postMessage(message)
  // Once for many commits: each message costs the sender as much as a record does.
  const tell = (): void => {
    told = lag.leaves() > 0
    if (told) send({ kind: 'advance', seq: lag.newest() })
  }

  return {
    start: () => thread.start(),
    state: () => (thread.worker() === undefined ? 'down' : place.stalled() ? 'stalled' : 'following'),
    lag: () => lag.leaves(),
    advance: (seq) => {
      lag.known(seq)
      if (!told) tell()
    },
    ask: (message) =>
      thread.worker() === undefined
        ? Promise.reject(unavailable('its thread is down'))
        : questions.add((id) => send(message(id))),
    close: () => thread.close((worker) => worker.postMessage({ kind: 'close' } satisfies ToGraph)),
  }
}

/** How far the projection has come, and whether its disk takes it. */
type Place = ReturnType<typeof createPlace>

function createPlace() {
  const lag = createLag()
  let stalled = false
  return {
    lag,
    stalled: () => stalled,
    told: (message: Extract<FromGraph, { kind: 'ready' | 'projected' | 'stalled' }>): void => {
      stalled = message.kind === 'stalled'
      lag.known(message.reached + message.lag)
      lag.reached(message.reached)
    },
  }
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

/** What the thread was asked and has not answered; as long as there is any it is not held back. */
function createQuestions(share: ThreadShare | undefined) {
  const waiting = new Map<number, Waiting>()
  let asked = 0
  return {
    add: (send: (id: number) => void): Promise<unknown> => {
      const id = (asked += 1)
      share?.press(1)
      const answer = new Promise((resolve, reject) => waiting.set(id, { resolve, reject }))
      send(id)
      return answer
    },
    answered: (message: Extract<FromGraph, { kind: 'answer' | 'failed' }>): void => {
      const one = waiting.get(message.id)
      if (waiting.delete(message.id)) share?.press(-1)
      if (message.kind === 'answer') one?.resolve(message.value)
      else one?.reject(new WaybillError('WB_INTERNAL', { reason: `graph query: ${message.reason}` }))
    },
    refuseAll: (reason: string): void => {
      for (const one of waiting.values()) {
        share?.press(-1)
        one.reject(unavailable(reason))
      }
      waiting.clear()
    },
  }
}

function unavailable(reason: string): WaybillError {
  return new WaybillError('WB_GRAPH_UNAVAILABLE', { reason })
}
