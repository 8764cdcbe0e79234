// What the data plane asks of the recorder. The gateway knows this port and nothing behind it: no gatherers, no lineage.
import type { Capture, ExchangeRecord, Intent } from './exchange.js'
import type { WaybillError } from './errors.js'
import type { ExchangeId } from './ids.js'

export type BodySide = 'request' | 'response'

/** Called exactly once, never synchronously before the call that took it returns. */
export type Done = (failure?: WaybillError) => void

/**
 * All calls come from the proxy thread, return at once and never throw. Not called at all for mode `off`; for `shadow`
 * only `close` (and `chunk`) is called.
 */
export interface Recorder {
  /**
   * Writes the intent (one write per event-loop turn for all that wait), then calls `forward`. In mode `required` it is
   * synced first, and `forward` gets a failure (WB_RECORD_UNAVAILABLE, 503) where the ledger can't be written: the
   * request must then not be sent upstream. Other modes never get a failure.
   */
  open(intent: Intent, forward: Done): void

  /**
   * Opening and progress records (streams, upgrades, mode `required`). `done` when it is on disk; a failure is
   * given in mode `required` only (elsewhere the recorder leaves the gap itself).
   */
  record(record: ExchangeRecord, done: Done): void

  /**
   * The closing record with the captured bodies. `async` and `shadow`: `done` when queued. `durable`: when the ledger has
   * committed the record, or has failed to and a gap stands for it (no failure is given). `required`: when it is
   * committed and its facts are, or `wait` has passed; a failure (WB_RECORD_FAILED) where the record could not be
   * written. Never waits for gatherers in the other modes.
   */
  close(record: ExchangeRecord, capture: Capture, done: Done): void

  /**
   * A copied piece of a body whose digest the route's tap plan asks for; called in order, before `close`. The bytes are
   * the recorder's from then on.
   */
  chunk(exchange: ExchangeId, side: BodySide, bytes: Uint8Array): void

  /** The exchange ends without a record ever coming (refused before forwarding, or a fault): its intent is closed as a gap `reason`. */
  abandon(intent: Intent, reason: string): void

  /** Resolves when everything taken so far is on disk, facts included (bounded by `limitMs`); used by the drain at SIGTERM. */
  drain(limitMs: number): Promise<void>
}
