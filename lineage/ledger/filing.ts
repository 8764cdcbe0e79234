// The filing thread as the ledger's client has it: starts it, starts it again when it dies (what is committed waits in the log
// meanwhile), and knows how far ledger.db is. Never touches a file.
import type { Worker } from 'node:worker_threads'
import type { ProcessorShares } from '../../core/processor-share.js'
import type { Signals } from '../../core/signals.js'
import { threadEntry } from '../../core/thread-entry.js'
import { createLag } from '../lag.js'
import { startOwnerThread } from '../owner-thread.js'
import type { DiskFaults } from '../sqlite/faults.js'
import { commitCells, newCommitCells } from './commit-cells.js'
import type { Filed, FilingThreadOptions, FromFiling } from './protocol.js'

export interface Filing {
  /** see commit-cells.ts */
  readonly cells: SharedArrayBuffer
  /** Resolves when all that a run before has left in the log is in ledger.db; rejects where it can't be brought there. */
  start(): Promise<void>
  /** The log has taken so many leaves. */
  committed(taken: number): void
  /** Resolves when so many are in ledger.db, or when that takes none. */
  until(taken: number): Promise<void>
  /** leaves committed and not filed */
  lag(): number
  /** Files what there is, and ends. */
  close(): Promise<void>
}

export interface FilingParts {
  readonly dir: string
  readonly signals: Signals
  readonly shares?: ProcessorShares
  /** tests only: of the disk that ledger.db is on */
  readonly filingFaults?: DiskFaults
  readonly onFiled: (seq: number) => void
}

/** Leaves that may wait in the log while the thread stands back; with half of it, it begins to take its part. */
const lagAtMost = 250_000
/** Before it is started again, milliseconds; twice as long each time that it dies before it has filed anything. */
const restartPauseMs = 250
const longestPauseMs = 8_000

export function createFiling({ dir, signals, shares, filingFaults: faults, onFiled }: FilingParts): Filing {
  const memory = newCommitCells()
  const cells = commitCells(memory)
  const lag = createLag()
  const share = shares?.forThread({ filled: () => lag.leaves() / lagAtMost, behind: () => lag.millis() })
  let worker: Worker | undefined
  let starting: Promise<void> | undefined
  let pause = restartPauseMs
  let refused = false
  let filed: Filed = { seq: 0, taken: 0 }
  const waiting = createWaiting((by) => {
    cells.want(by)
    share?.press(by)
  })
  const onMessage = (message: FromFiling): void => {
    refused = message.kind === 'stalled'
    if (message.kind === 'stalled') signals.ledgerFailed.publish({ reason: `ledger.db: ${message.reason}` })
    else {
      filed = message.filed
      lag.known(filed.taken)
      lag.reached(filed.taken)
      if (message.kind === 'filed') pause = restartPauseMs
      onFiled(filed.seq)
    }
    waiting.tell(refused ? Infinity : filed.taken)
  }
  const onEnd = (reason: string): void => {
    worker = undefined
    refused = true
    waiting.tell(Infinity)
    if (cells.closing()) return
    signals.ledgerFailed.publish({ reason })
    setTimeout(restart, pause).unref()
    pause = Math.min(pause * 2, longestPauseMs)
  }
  const restart = (): void => {
    if (!cells.closing()) launch(false).catch((thrown: unknown) => onEnd(String(thrown)))
  }
  const launch = (recover: boolean): Promise<void> => {
    const given = { dir, cells: memory, recover, share: share?.memory }
    const options: FilingThreadOptions = faults === undefined ? given : { ...given, faults }
    const entry = threadEntry(import.meta.url, './filing.thread.js')
    starting = startOwnerThread<FromFiling>({ name: 'ledger', entry, options }, { onMessage, onEnd }).then(
      (started) => {
        worker = started
      },
    )
    return starting
  }
  return {
    cells: memory,
    start: () => launch(true),
    committed: (taken) => lag.known(taken),
    until: (taken) => (refused || taken <= filed.taken ? Promise.resolve() : waiting.add(taken)),
    lag: () => lag.leaves(),
    close: async () => {
      share?.press(1)
      cells.close()
      await starting?.catch(() => undefined)
      const ending = worker
      if (ending === undefined) return
      await new Promise((resolve) => ending.once('exit', resolve))
    },
  }
}

/** Who waits until so many leaves are filed; as long as there is any the thread is pressed. */
function createWaiting(press: (by: 1 | -1) => void) {
  let all: { readonly taken: number; readonly resolve: () => void }[] = []
  return {
    add: (taken: number): Promise<void> => {
      press(1)
      return new Promise((resolve) => all.push({ taken, resolve }))
    },
    tell: (filed: number): void => {
      const told = all.filter(({ taken }) => taken <= filed)
      all = all.filter(({ taken }) => taken > filed)
      for (const { resolve } of told) {
        press(-1)
        resolve()
      }
    },
  }
}
