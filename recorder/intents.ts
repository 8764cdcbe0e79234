// intents.log: one line for each exchange before it is forwarded, one write per event-loop turn for all that wait, so that
// an effect at an upstream is a record or a named gap even when the process dies. Never blocks on a sync: those who need
// one wait for it in the thread pool.
import { closeSync, fdatasync, fdatasyncSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { microsText } from '../core/clock.js'
import type { Intent, RecordingMode } from '../core/exchange.js'
import { parseExchangeId, type ExchangeId, type Micros } from '../core/ids.js'
import { writeAll } from '../core/write-all.js'
import { OpenIntents, type OpenIntent } from './open-intents.js'

export interface IntentLog {
  /** The line is in the next turn's write; `written` is told whether it got to the file (and to the disk, if `synced`). */
  add(intent: Intent, synced: boolean, written: (failure?: Error) => void): void
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

export interface LogTurn {
  /** intents that it took, in the file or not */
  readonly taken: number
  /** exchanges settled without a record, which the file has closed */
  readonly closed: number
  /** whether the file has a line of every exchange that is under way */
  readonly whole: boolean
}

interface Waiting {
  readonly synced: boolean
  readonly written: (failure?: Error) => void
}

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
  const file = openWholeFile(join(options.dir, fileName), carried)
  let lines = ''
  let turn: Waiting[] = []
  let needSync: Waiting[] = []
  let syncing = false
  let closed = false

  const flush = (): void => {
    const text = lines
    const waiting = turn
    lines = ''
    turn = []
    const failure = closed ? new Error('intents.log is closed') : file.put(text, syncing)
    options.onTurn({ taken: waiting.length, ...file.state() })
    for (const one of waiting) {
      if (failure !== undefined) one.written(failure)
      else if (one.synced) needSync.push(one)
      else one.written()
    }
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
      for (const one of group) one.written(error ?? undefined)
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
    if (lines === '') setImmediate(flush)
    lines += line
  }

  return {
    add: (intent, synced, written) => {
      const line = lineOf(intent)
      write(line)
      file.add({ id: intent.id, line, synced })
      turn.push({ synced, written })
    },
    settle: (id, unrecorded) => {
      file.settle(id, unrecorded)
      if (unrecorded) write(`["${id}"]\n`)
    },
    close: () => {
      if (lines !== '') flush()
      file.rewrite()
      options.onTurn({ taken: 0, ...file.state() })
      file.close()
      closed = true
      for (const one of needSync.splice(0)) one.written(new Error('intents.log is closed'))
    },
  }
}

/** The file, and what has to be in it. */
interface WholeFile extends Pick<LogFile, 'fd' | 'size' | 'close'> {
  add(intent: OpenIntent): void
  settle(id: ExchangeId, unrecorded: boolean): void
  /** Writes lines; `busy`: the file can't be replaced now. */
  put(text: string, busy: boolean): Error | undefined
  /** Replaces it by one of what is in flight. */
  rewrite(): Error | undefined
  /** `closed`: since this was last asked */
  state(): Omit<LogTurn, 'taken'>
}

function openWholeFile(path: string, carried: readonly OpenIntent[]): WholeFile {
  const open = new OpenIntents()
  for (const one of carried) open.add(one)
  const file = openLogFile(path, open.all())
  let unclosed = 0
  let lacking = false
  const rewrite = (): Error | undefined => {
    const failure = attempt(() => file.replace(open.all()))
    if (failure === undefined) lacking = false
    return failure
  }
  return {
    ...file,
    add: (intent) => open.add(intent),
    settle: (id, unrecorded) => {
      open.remove(id)
      if (unrecorded) unclosed += 1
    },
    // Where it lacks lines only the whole of it will do: a new intent beside an old one that it lacks would, until the count of
    // gaps.page follows, stand for both.
    put: (text, busy) => {
      if (lacking && busy) return new Error('intents.log lacks lines')
      const failure = lacking ? rewrite() : attempt(() => file.append(text))
      lacking = failure !== undefined
      return failure
    },
    rewrite,
    state: () => {
      const closed = lacking ? 0 : unclosed
      unclosed -= closed
      return { closed, whole: !lacking }
    },
  }
}

interface LogFile {
  fd(): number
  /** bytes since it was last replaced, or since that was last tried */
  size(): number
  /** Throws where the file can't be written. */
  append(text: string): void
  /** Puts a file with these lines only in its place; throws and keeps the old one where that fails. */
  replace(lines: readonly OpenIntent[]): void
  close(): void
}

/** Bytes of lines that are made ready in one place; more of them come seldom. */
const roomBytes = 64 * 1024
/** UTF-8 takes at most three bytes for a unit of UTF-16. */
const mostBytes = 3

function openLogFile(path: string, start: readonly OpenIntent[]): LogFile {
  const room = Buffer.allocUnsafeSlow(roomBytes)
  const bytesOf = (text: string) =>
    text.length * mostBytes > roomBytes ? Buffer.from(text) : room.subarray(0, room.write(text))
  let fd = replaced(path, start)
  let size = 0
  let torn = false
  return {
    fd: () => fd,
    size: () => size,
    append: (text) => {
      size += text.length
      const before = torn
      torn = true
      writeAll(fd, bytesOf(before ? `\n${text}` : text))
      torn = false
    },
    replace: (lines) => {
      size = 0
      const next = replaced(path, lines)
      closeSync(fd)
      fd = next
      torn = false
    },
    close: () => closeSync(fd),
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

function replaced(path: string, lines: readonly OpenIntent[]): number {
  const fd = openSync(`${path}.new`, 'w', 0o600)
  try {
    writeAll(fd, Buffer.from(lines.map(({ line }) => line).join('')))
    // What was synced in the old file must be so in the new one.
    if (lines.some(({ synced }) => synced)) fdatasyncSync(fd)
    renameSync(`${path}.new`, path)
    return fd
  } catch (thrown) {
    closeSync(fd)
    // It would keep room that others may have use for.
    attempt(() => rmSync(`${path}.new`, { force: true }))
    throw thrown
  }
}

function attempt(work: () => void): Error | undefined {
  try {
    work()
    return undefined
  } catch (thrown) {
    return thrown instanceof Error ? thrown : new Error(String(thrown))
  }
}
