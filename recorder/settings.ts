// Limits of the recorder, as plain values with their defaults. The configuration names the first six; the rest is for tests.

export interface RecorderSettings {
  /** gatherer threads */
  readonly workers: number
  /** milliseconds that one gatherer may take for one exchange before its thread is replaced */
  readonly watchdog: number
  /** bytes of heap of one gatherer thread */
  readonly memory: number
  /** records that may wait for the ledger; past it a counted gap */
  readonly queue: number
  /** bytes of records and captures that may wait for gatherers; past it their facts are a gap */
  readonly queueBytes: number
  /** the ring of redacted captures: milliseconds that one is kept, bytes of all together */
  readonly exchanges: { readonly keep: number; readonly max: number }
  /** gaps that may wait for the ledger one by one; past it they are counted together */
  readonly gaps: number
  /** bytes of body pieces on their way to be hashed; past it a digest is skipped */
  readonly digestBytes: number
  /** size of `intents.log`, bytes, past which it is rewritten with those in flight only */
  readonly intentBytes: number
  /** tests only: modules whose `gatherers` are known beside the registry's */
  readonly modules: readonly string[]
}

export const defaultRecorderSettings: RecorderSettings = {
  workers: 1,
  watchdog: 2_000,
  memory: 256 * 1024 * 1024,
  queue: 10_000,
  queueBytes: 256 * 1024 * 1024,
  exchanges: { keep: 7 * 24 * 3_600_000, max: 1024 * 1024 * 1024 },
  gaps: 10_000,
  digestBytes: 32 * 1024 * 1024,
  intentBytes: 4 * 1024 * 1024,
  modules: [],
}
