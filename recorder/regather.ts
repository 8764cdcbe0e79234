// `gather` and `regather` for the control plane: starts a worker for each, so that a gatherer that hangs holds up neither live
// exchanges nor the control plane, and appends what it found. Never runs a gatherer itself.
import { WaybillError } from '../core/errors.js'
import type { ExchangeId, Micros } from '../core/ids.js'
import type { RedactionRules } from '../core/redaction.js'
import { startThread, threadEntry } from '../core/thread-entry.js'
import { exchangeNotFound } from '../lineage/not-found.js'
import type { LedgerClient } from '../lineage/ledger/client.js'
import type { RecordedRoute } from './gather-protocol.js'
import type { FromRegather, GatheredNow, Regathered, RegatherOptions, RegatherTask } from './regather-protocol.js'

export interface Regather {
  /** What the configured gatherers make of a recorded exchange now; `route`: another route's. Stores nothing. */
  exchange(exchange: ExchangeId, route?: string): Promise<readonly GatheredNow[]>
  /** The same for the entries of a HAR 1.2 file, given each one's route. Stores nothing. */
  har(text: string, routes: readonly (string | undefined)[]): Promise<readonly GatheredNow[]>
  /** New facts supersede those that stand, where they differ. Throws WB_BAD_QUERY for a route that there is not. */
  route(route: string, since: Micros): Promise<Regathered>
}

export interface RegatherParts {
  readonly dir: string
  readonly routes: readonly RecordedRoute[]
  readonly rules: RedactionRules
  readonly ledger: LedgerClient
  /** milliseconds that one exchange may take */
  readonly limit: number
  /** tests only */
  readonly modules: readonly string[]
}

type Answer = Extract<FromRegather, { readonly kind: 'gathered' | 'regathered' | 'unknown' }>

export function createRegather(parts: RegatherParts): Regather {
  // What was recorded until now is what is read.
  const run = async (task: RegatherTask): Promise<Answer> => {
    await parts.ledger.filed()
    return runTask(task, parts)
  }
  const gathered = async (task: RegatherTask): Promise<readonly GatheredNow[]> => {
    const answer = await run(task)
    if (answer.kind === 'unknown') throw exchangeNotFound(answer.exchange)
    return answer.kind === 'gathered' ? answer.exchanges : []
  }
  return {
    exchange: (exchange, route) => gathered({ kind: 'exchange', exchange, route }),
    har: (har, routes) => gathered({ kind: 'har', har, routes }),
    route: async (route, since) => {
      const answer = await run({ kind: 'regather', route, since })
      await parts.ledger.filed()
      return answer.kind === 'regathered' ? answer.result : { exchanges: 0, changed: 0, missing: 0 }
    },
  }
}

/** A worker needs this long to start, on a slow machine. */
const startMs = 30_000

function runTask(task: RegatherTask, { dir, routes, rules, modules, limit, ledger }: RegatherParts): Promise<Answer> {
  const options: RegatherOptions = { dir, routes, rules, modules, task }
  const worker = startThread(threadEntry(import.meta.url, './regather.thread.js'), { workerData: options })
  return new Promise((resolve, reject) => {
    let place = 'before the first exchange'
    let timer = setTimeout(() => hung(startMs), startMs)
    const hung = (after: number): void => {
      reject(new WaybillError('WB_BAD_QUERY', { reason: `a gatherer ran longer than ${after} ms ${place}` }))
      void worker.terminate()
    }
    worker.on('message', (message: FromRegather) => {
      clearTimeout(timer)
      if (message.kind === 'at') {
        place = `at exchange ${message.exchange}`
        timer = setTimeout(() => hung(limit), limit)
      } else if (message.kind === 'store') {
        ledger.append(message.batch).then(() => worker.postMessage('stored'), reject)
      } else resolve(message)
    })
    worker.on('error', reject)
    worker.on('exit', () => {
      clearTimeout(timer)
      reject(new WaybillError('WB_INTERNAL', { reason: `the worker ended ${place}` }))
    })
  })
}
