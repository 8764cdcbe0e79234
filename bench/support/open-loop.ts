// Builds and runs the open-loop load generator (open-loop.go) and reads what it measured.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'

const source = fileURLToPath(new URL('./open-loop.go', import.meta.url))
const run = promisify(execFile)

const measured = z.object({
  answered: z.int(),
  non2xx: z.int(),
  broken: z.int(),
  /** how late the generator itself was at worst, in milliseconds */
  latestMs: z.number(),
  p50Micros: z.number(),
  p90Micros: z.number(),
  p99Micros: z.number(),
  p999Micros: z.number(),
  maxMicros: z.number(),
})

export type OpenLoad = z.infer<typeof measured>

export interface OpenPlan {
  readonly url: string
  /** requests a second */
  readonly rate: number
  readonly seconds: number
  readonly connections: number
  /** a file that is sent by POST; without it, GET */
  readonly body?: string
}

/** Needs Go; the program is put into `dir`. */
export async function buildOpenLoad(dir: string): Promise<(plan: OpenPlan) => Promise<OpenLoad>> {
  const program = join(dir, 'open-loop')
  await run(process.env['WAYBILL_BENCH_GO'] ?? 'go', ['build', '-o', program, source])
  return async (plan) => {
    const { stdout } = await run(program, [JSON.stringify(plan)])
    return measured.parse(JSON.parse(stdout))
  }
}
