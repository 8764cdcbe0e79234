// The file intents.log: its lines as they come, and the whole of it anew where it grew long or lacks lines. Knows what has to be in
// it, never what a line says.
import { closeSync, fdatasyncSync, openSync, renameSync, rmSync } from 'node:fs'
import type { ExchangeId } from '../core/ids.js'
import { writeAll } from '../core/write-all.js'
import { OpenIntents, type OpenIntent } from './open-intents.js'

export interface IntentsState {
  /** exchanges settled without a record, which the file has closed */
  readonly closed: number
  /** whether the file has a line of every exchange that is under way */
  readonly whole: boolean
}

/** The file, and what has to be in it. */
export interface IntentsFile extends Pick<LogFile, 'fd' | 'size' | 'close'> {
  add(intent: OpenIntent): void
  settle(id: ExchangeId, unrecorded: boolean): void
  /** Writes lines; `busy`: the file can't be replaced now. */
  put(text: string, busy: boolean): Error | undefined
  /** Replaces it by one of what is in flight. */
  rewrite(): Error | undefined
  /** `closed`: since this was last asked */
  state(): IntentsState
}

export function openIntentsFile(path: string, carried: readonly OpenIntent[]): IntentsFile {
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
