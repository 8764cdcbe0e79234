// Runs the open-loop load generator (open-loop.child.mjs) and reads what it measured.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'

const child = fileURLToPath(new URL('./open-loop.child.mjs', import.meta.url))

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
  readonly body?: string
}

export async function openLoad(plan: OpenPlan): Promise<OpenLoad> {
  const { stdout } = await promisify(execFile)(process.execPath, [child, JSON.stringify(plan)])
  return measured.parse(JSON.parse(stdout))
}
