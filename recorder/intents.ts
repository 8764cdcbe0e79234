// intents.log: one line for each exchange before it is forwarded, one write per event-loop turn for all that wait, so that
// an effect at an upstream is a record or a named gap even when the process dies. Never blocks on a sync: those who need
// one wait for it in the thread pool.
import { fdatasync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { microsText } from '../core/clock.js'
import type { Intent, RecordingMode } from '../core/exchange.js'
import { parseExchangeId, type ExchangeId, type Micros } from '../core/ids.js'
import { openIntentsFile, type IntentsState } from './intents-file.js'

export interface IntentLog {
  /** The line is in the next turn's write; calls back when that was tried. */
  add(intent: Intent, tried: () => void): void
  /** The same for one who has to know whether it got to the disk. */
  addSynced(intent: Intent, synced: (failure?: Error) => void): void
  /** The exchange has its record or its gap. `unrecorded`: the ledger has no leaf that says so, the log must. */
  settle(id: ExchangeId, unrecorded: boolean): void
  /** What comes later is written nowhere: the file's number may be another's. */
  close(): void
}

export interface IntentLogOptions {
  readonly dir: string
  /** rewrite the file when it is longer than this, bytes */
  readonly limit: number
  /** of the last run, to be kept until they are settled */
  readonly carried: readonly Intent[]
  /** Called in each turn that wrote, before anybody is told. */
  readonly onTurn: (turn: LogTurn) => void
}

export interface LogTurn extends IntentsState {
  /** intents that it took, in the file or not */
  readonly taken: number
}

type Synced = (failure?: Error) => void

/** What is written together, and who waits for that. */
interface Turn {
  lines: string
  readonly tried: (() => void)[]
  readonly synced: Synced[]
}

const emptyTurn = (): Turn => ({ lines: '', tried: [], synced: [] })

const fileName = 'intents.log'

/** Intents in the log that nothing in the log has settled. A torn last line is no intent: it was never forwarded. */
export function readIntents(dir: string): Intent[] {
  const open = new Map<string, Intent>()
  for (const line of readLines(join(dir, fileName))) {
    const parsed = parseLine(line)
    if (parsed === undefined) continue
    if (typeof parsed === 'string') open.delete(parsed)
    else open.set(parsed.id, parsed)
  }
  return [...open.values()]
}

/** Starts a log with nothing but what is carried over. */
export function openIntentLog(options: IntentLogOptions): IntentLog {
  const lineOf = createLines()
  const carried = options.carried.map((one) => ({ id: one.id, line: lineOf(one), synced: true }))
  const file = openIntentsFile(join(options.dir, fileName), carried)
  let turn = emptyTurn()
  let needSync: Synced[] = []
  let syncing = false
  let closed = false

  const flush = (): void => {
    const { lines, tried, synced } = turn
    turn = emptyTurn()
    const failure = closed ? new Error('intents.log is closed') : file.put(lines, syncing)
    options.onTurn({ taken: tried.length + synced.length, ...file.state() })
    for (const told of tried) told()
    if (failure === undefined) needSync.push(...synced)
    else for (const told of synced) told(failure)
    if (closed) return
    compact()
    sync()
  }

  const sync = (): void => {
    if (closed || syncing || needSync.length === 0) return
    const group = needSync
    needSync = []
    syncing = true
    fdatasync(file.fd(), (error) => {
      syncing = false
      for (const told of group) told(error ?? undefined)
      compact()
      sync()
    })
  }

  // Only while no sync is under way; those that wait for one get it on the new file, which holds their lines too.
  const compact = (): void => {
    if (closed || syncing || file.size() <= options.limit) return
    if (file.rewrite() === undefined) options.onTurn({ taken: 0, ...file.state() })
  }

  const write = (line: string): void => {
    if (turn.lines === '') setImmediate(flush)
    turn.lines += line
  }

  const take = (intent: Intent, synced: boolean): void => {
    const line = lineOf(intent)
    write(line)
    file.add({ id: intent.id, line, synced })
  }

  return {
    add: (intent, tried) => {
      take(intent, false)
      turn.tried.push(tried)
    },
    addSynced: (intent, synced) => {
      take(intent, true)
      turn.synced.push(synced)
    },
    settle: (id, unrecorded) => {
      file.settle(id, unrecorded)
      if (unrecorded) write(`["${id}"]\n`)
    },
    close: () => {
      if (turn.lines !== '') flush()
      file.rewrite()
      options.onTurn({ taken: 0, ...file.state() })
      file.close()
      closed = true
      for (const told of needSync.splice(0)) told(new Error('intents.log is closed'))
    },
  }
}

/** What lines have behind id and time, for the exchange that came last: most are alike in it. */
interface LineEnd {
  readonly mode: RecordingMode
  readonly method: string
  readonly route: string
  readonly before: string
  readonly after: string
}

type LineOf = (intent: Intent) => string

/** As JSON.stringify would write them. */
function createLines(): LineOf {
  let last = lineEndOf({ mode: 'async', method: '', route: '' })
  return ({ id, mode, time, method, route }) => {
    if (mode !== last.mode || method !== last.method || route !== last.route) last = lineEndOf({ mode, method, route })
    return `["${id}${last.before}${microsText(time)}${last.after}`
  }
}

/** A token (RFC 9110 section 5.6.2) holds nothing that JSON escapes. */
function lineEndOf({ mode, method, route }: Pick<Intent, 'mode' | 'method' | 'route'>): LineEnd {
  return { mode, method, route, before: `","${mode}",`, after: `,"${method}",${JSON.stringify(route)}]\n` }
}

function parseLine(line: string): Intent | ExchangeId | undefined {
  try {
    const [id, mode, time, method, route] = JSON.parse(line) as [unknown, RecordingMode?, Micros?, string?, string?]
    // What is no text might pass for an id once it is made one.
    const known = typeof id === 'string' ? parseExchangeId(id) : undefined
    if (known === undefined || mode === undefined) return known
    return { id: known, mode, time: time ?? (0 as Micros), method: method ?? '', route: route ?? '' }
  } catch {
    return undefined
  }
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch {
    return []
  }
}
