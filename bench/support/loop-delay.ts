// Asks a measured process how long its proxy thread's event loop was held up (loop-delay.preload.mjs).
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

export const loopDelayPreload = fileURLToPath(new URL('./loop-delay.preload.mjs', import.meta.url))

const reported = z.object({ p50Ms: z.number(), p99Ms: z.number(), maxMs: z.number() })

export type LoopDelay = z.infer<typeof reported>

/** Since the last time it was asked. */
export async function loopDelayOf(pid: number, file: string): Promise<LoopDelay> {
  const before = linesOf(file).length
  process.kill(pid, 'SIGUSR2')
  for (let tries = 0; tries < 400; tries += 1) {
    const line = linesOf(file)[before]
    if (line !== undefined) return reported.parse(JSON.parse(line))
    await wait(5)
  }
  throw new Error('the measured process does not report its loop delay')
}

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
}
