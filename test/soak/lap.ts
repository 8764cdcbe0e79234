// One lap of a part: a run of mocha in a process of its own, with its log, its totals and its figures.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, openSync, closeSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { SoakPart } from './parts.js'

export interface Lap {
  readonly part: string
  readonly commit: string
  readonly seed: number
  readonly seconds: number
  readonly passed: number
  readonly failed: number
  /** added up over the lap's tests */
  readonly figures: Readonly<Record<string, number>>
}

export const soakFolder = fileURLToPath(new URL('../../.cache/soak/', import.meta.url))
const root = fileURLToPath(new URL('../../', import.meta.url))
const mocha = fileURLToPath(new URL('../../node_modules/mocha/bin/mocha.js', import.meta.url))

export async function runLap(part: SoakPart, seed: number, commit: string): Promise<Lap> {
  mkdirSync(soakFolder, { recursive: true })
  const [log, totals, figures] = ['log', 'totals', 'figures'].map((end) => `${soakFolder}${part.name}-${seed}.${end}`)
  if (log === undefined || totals === undefined || figures === undefined) throw new RangeError('three files')
  for (const file of [totals, figures]) rmSync(file, { force: true })
  const out = openSync(log, 'w')
  const started = performance.now()
  // Tests that set no limit themselves get one that many examples fit into.
  const child = spawn(process.execPath, [mocha, '--timeout', '1800000', ...part.files], {
    cwd: root,
    stdio: ['ignore', out, out],
    env: { ...process.env, ...part.env(seed), WAYBILL_TEST_TOTALS: totals, WAYBILL_SOAK_FIGURES: figures },
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  closeSync(out)
  const [total] = linesOf<{ passed: number; failed: number }>(totals)
  const { passed, failed } = total ?? { passed: 0, failed: 1 }
  return {
    ...{ part: part.name, commit, seed, seconds: Math.round((performance.now() - started) / 100) / 10 },
    ...{ passed, failed: code === 0 ? failed : Math.max(failed, 1), figures: summed(linesOf(figures)) },
  }
}

export function linesOf<T>(file: string): T[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as T)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw thrown
  }
}

export function summed(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const one of all) for (const [name, value] of Object.entries(one)) sums[name] = (sums[name] ?? 0) + value
  return sums
}
