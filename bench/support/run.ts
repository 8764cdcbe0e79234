// A bench from its workplace to its end: a folder on the disk of the repository, everything stopped and removed after.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface Workplace {
  readonly dir: string
  /** stopped in reverse order at the end, also after a failure */
  keep<T extends { stop(): Promise<void> }>(part: T): T
}

export async function runBench(body: (place: Workplace) => Promise<void>): Promise<void> {
  const cache = fileURLToPath(new URL('../../.cache/', import.meta.url))
  mkdirSync(cache, { recursive: true })
  const dir = mkdtempSync(`${cache}bench-`)
  const parts: { stop(): Promise<void> }[] = []
  try {
    await body({
      dir,
      keep: (part) => {
        parts.push(part)
        return part
      },
    })
  } finally {
    for (const part of parts.reverse()) await part.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}

/** A positive number from the environment, for short trial runs (`BENCH_SECONDS=1`). */
export function setting(name: string, fallback: number): number {
  const given = Number(process.env[name])
  return given > 0 ? given : fallback
}
