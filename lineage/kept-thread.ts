// A thread that owns one of this room's files and has to be there: one that died is started again, after a pause that doubles as long as
// it gets nowhere. Knows nothing of what it does.
import type { Worker } from 'node:worker_threads'
import { createRestartPauses } from '../core/restart-pauses.js'
import { startOwnerThread } from './owner-thread.js'

export interface KeptThread {
  /** Rejects where it does not get ready: then none is started again. */
  start(): Promise<void>
  /** undefined while it is down */
  worker(): Worker | undefined
  /** It has got on: should it die now, the pause is a short one again. */
  advanced(): void
  /** Has `end` tell it to end when it is there, waits for it, and starts none again. */
  close(end: (worker: Worker) => void): Promise<void>
}

interface KeptThreadParts {
  /** as errors name it */
  readonly name: string
  readonly entry: URL
  /** structured-clonable; of the first one, or of one that is started again */
  options(first: boolean): unknown
  /** The first one begins when it resolves, see owner-thread.ts; one that is started again begins at once. */
  readonly after?: Promise<void> | undefined
}

interface KeptThreadEvents<Message> {
  onMessage(message: Message): void
  /** it was ready and has ended, asked or not */
  onEnd(reason: string): void
  /** it ended unasked, or could not be started again; it will be tried again */
  onDown(reason: string): void
  /** it was started again */
  onUp?(reason: string): void
}

export function createKeptThread<Message extends { readonly kind: string }>(
  parts: KeptThreadParts,
  events: KeptThreadEvents<Message>,
): KeptThread {
  let worker: Worker | undefined
  let starting: Promise<void> | undefined
  const pauses = createRestartPauses()
  let closing = false

  const onEnd = (reason: string): void => {
    worker = undefined
    events.onEnd(reason)
    restartLater(reason)
  }
  const restartLater = (reason: string): void => {
    if (closing) return
    events.onDown(reason)
    setTimeout(() => {
      if (!closing) void restart(reason)
    }, pauses.next()).unref()
  }
  const restart = async (reason: string): Promise<void> => {
    try {
      await launch(false)
      events.onUp?.(reason)
    } catch (thrown) {
      restartLater(thrown instanceof Error ? thrown.message : String(thrown))
    }
  }
  const launch = (first: boolean): Promise<void> => {
    const owner = { ...parts, options: parts.options(first), after: first ? parts.after : undefined }
    const thread = startOwnerThread<Message>(owner, { ...events, onEnd })
    starting = thread.then((started) => {
      worker = started
    })
    return starting
  }
  return {
    start: () => launch(true),
    worker: () => worker,
    advanced: () => pauses.reset(),
    close: async (end) => {
      closing = true
      // One that is being started is ended when it is there: nothing else would.
      await starting?.catch(() => undefined)
      const ending = worker
      if (ending === undefined) return
      const ended = new Promise((resolve) => ending.once('exit', resolve))
      end(ending)
      await ended
    },
  }
}
