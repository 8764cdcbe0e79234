// What a soak runs: tests that there are, longer or from other seeds, a lap at a time.
export interface SoakPart {
  readonly name: string
  readonly title: string
  readonly files: readonly string[]
  /** laps that make it whole */
  readonly laps: number
  /** of lap `lap`, from 0; `seed` is another one for each soak and lap */
  env(seed: number): Readonly<Record<string, string>>
}

const properties = [
  ...testsIn('unit/core', 'canonical-json', 'packed-record', 'record-json', 'redaction'),
  ...testsIn('unit/gateway/http1', 'answer-reader', 'chunked-reader', 'head-text'),
  ...testsIn('unit/gateway/heads', 'path', 'request-fields', 'resolution'),
  ...testsIn('unit/gateway', 'router'),
  ...testsIn('unit/gatherers', 'bodies', 'json', 'many-exchanges', 'selectors', 'templates'),
  ...testsIn('unit/recorder', 'gather-jobs'),
]
const fuzz = 20
const corpora = 5_000

export const soakParts: readonly SoakPart[] = [
  {
    name: 'gateway-kill',
    title: 'whole gateways killed under load, 32 connections',
    files: testsIn('faults', 'gateway-kill'),
    laps: 20,
    env: (seed) => ({ WAYBILL_KILLS: '50', WAYBILL_KILL_SEED: String(seed) }),
  },
  {
    name: 'recorder-kill',
    title: 'recorders killed between effect and commit',
    files: testsIn('faults', 'kill'),
    laps: 5,
    env: () => ({ WAYBILL_RECORDER_KILLS: '200' }),
  },
  {
    name: 'fuzz',
    title: `property tests, ${fuzz} times their examples, each lap from another seed`,
    files: properties,
    laps: 10,
    env: (seed) => ({ WAYBILL_FUZZ: String(fuzz), WAYBILL_TEST_SEED: String(seed) }),
  },
  {
    name: 'merging',
    title: 'corpora merged in three orders, against the oracle',
    files: testsIn('contracts', 'graph-merging'),
    laps: 10,
    env: (seed) => ({ WAYBILL_CORPORA: String(corpora), WAYBILL_SEED: String(seed) }),
  },
  {
    name: 'faults',
    title: 'graph, disk and captures that fail',
    files: testsIn('faults', 'captures', 'disk', 'graph-kill', 'graph-thread'),
    laps: 10,
    env: () => ({}),
  },
]

/** By name, not by pattern: the runner says nothing of a pattern that matches no file while others do. */
function testsIn(folder: string, ...names: readonly string[]): string[] {
  return names.map((name) => `test/${folder}/${name}.test.ts`)
}
