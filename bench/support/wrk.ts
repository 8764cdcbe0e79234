// Closed-loop load by wrk: so many connections, each with one request at a time. Counted exactly (load.lua).
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'

const wrkProgram = process.env['WAYBILL_BENCH_WRK'] ?? 'wrk'
const script = fileURLToPath(new URL('./load.lua', import.meta.url))

const reported = z.object({
  answered: z.int(),
  seconds: z.number(),
  non2xx: z.int(),
  /** connections that failed, answers that broke off or never came */
  broken: z.int(),
  p50Micros: z.int(),
  p99Micros: z.int(),
})

export interface Load extends z.infer<typeof reported> {
  readonly perSecond: number
}

export interface LoadPlan {
  readonly url: string
  readonly seconds: number
  readonly connections: number
  /** file with a JSON body to POST; without one it is a GET */
  readonly body?: string
}

export async function loadWithWrk(plan: LoadPlan): Promise<Load> {
  const args = ['-t1', `-c${plan.connections}`, `-d${Math.ceil(plan.seconds) + 1}s`, '-T60s', '-s', script, plan.url]
  const env = { ...process.env, LOAD_SECONDS: String(plan.seconds), ...(plan.body ? { LOAD_BODY: plan.body } : {}) }
  const { stdout } = await promisify(execFile)(wrkProgram, args, { env })
  const line = /^RESULT (.*)$/m.exec(stdout)?.[1]
  if (line === undefined) throw new Error(`wrk printed no result:\n${stdout}`)
  const load = reported.parse(JSON.parse(line))
  return { ...load, perSecond: load.answered / load.seconds }
}
