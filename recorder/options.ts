// The recorder's part of the configuration: recording mode, the bounded ring of captures, the watchdog over gatherers.
import { z } from 'zod'
import { duration, size } from '../core/options.js'

const modeOption = z.enum(['off', 'shadow', 'async', 'durable', 'required'], {
  error: 'expected off, shadow, async, durable or required, or { mode, wait }',
})

export const defaultWait = 20

/** `durable`, or `{ mode: required, wait: 50ms }`; its value always has both. */
export const recordOption = z
  .union([
    modeOption.transform((mode) => ({ mode, wait: defaultWait })),
    z.strictObject({
      mode: modeOption.describe('Recording mode.'),
      wait: duration().prefault('20ms').describe('How long `required` waits for facts before it answers.'),
    }),
  ])
  .describe(
    '`off`: nothing. `shadow`: gatherers run, nothing is stored. `async`: queued in memory. `durable`: on disk before the response ends. `required`: refused where it can’t be recorded.',
  )

export const exchangesOptions = z
  .strictObject({
    keep: duration({ timed: false }).prefault('7d').describe('How long captured bodies are kept.'),
    max: size().prefault('1GiB').describe('How much disk captured bodies take at most; the oldest go first.'),
  })
  .describe('The bounded ring of captured (redacted) bodies that `gather` and `regather` read.')

/** A thread with less may end before it has gathered anything. */
const leastMemory = '32MiB'

export const recorderOptions = z
  .strictObject({
    workers: z.int().min(1).max(32).default(1).describe('Gatherer threads.'),
    watchdog: duration({ zero: false })
      .prefault('2s')
      .describe('What a gatherer may take for one exchange before its thread is replaced.'),
    memory: size(leastMemory)
      .prefault('256MiB')
      .describe(`Heap of one gatherer thread at most; not less than \`${leastMemory}\`.`),
    queue: z.int().min(1).default(10_000).describe('Records that may wait for the ledger; beyond, a counted gap.'),
    queueBytes: size('1B')
      .prefault('256MiB')
      .describe(
        'Records and captured bytes that may wait for gatherers in memory (filled only in bursts); beyond, a counted gap.',
      ),
  })
  .describe('Threads, queues and limits of the recorder.')
