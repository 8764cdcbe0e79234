// The filing thread as the ledger's client has it: starts it, starts it again when it dies (what is committed waits in the log
// meanwhile), and knows how far ledger.db is. Never touches a file.
import type { ProcessorShares } from '../../core/processor-share.js'
import type { Signals } from '../../core/signals.js'
import { threadEntry } from '../../core/thread-entry.js'
import { createKeptThread } from '../kept-thread.js'
import { createLag } from '../lag.js'
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
  /** Resolves when what is committed now is in ledger.db, or when that takes none. */
  caughtUp(): Promise<void>
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

export function createFiling({ dir, signals, shares, filingFaults: faults, onFiled }: FilingParts): Filing {
  const memory = newCommitCells()
  const cells = commitCells(memory)
  const lag = createLag()
  const share = shares?.forThread({ filled: () => lag.leaves() / lagAtMost, behind: () => lag.millis() })
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
      if (message.kind === 'filed') thread.advanced()
      onFiled(filed.seq)
    }
    waiting.tell(refused ? Infinity : filed.taken)
  }
  const options = (recover: boolean): FilingThreadOptions => {
    const given = { dir, cells: memory, recover, share: share?.memory }
    return faults === undefined ? given : { ...given, faults }
  }
  const thread = createKeptThread<FromFiling>(
    { name: 'ledger', entry: threadEntry(import.meta.url, './filing.thread.js'), options },
    {
      onMessage,
      onEnd: () => {
        refused = true
        waiting.tell(Infinity)
      },
      onDown: (reason) => signals.ledgerFailed.publish({ reason }),
    },
  )
  return {
    cells: memory,
    start: () => thread.start(),
    committed: (taken) => lag.known(taken),
    caughtUp: () => {
      // Not what was told here: who stored leaves over a port of its own may have heard of it first.
      const taken = cells.taken()
      return refused || taken <= filed.taken ? Promise.resolve() : waiting.add(taken)
    },
    lag: () => lag.leaves(),
    close: async () => {
      share?.press(1)
      await thread.close(() => cells.close())
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
