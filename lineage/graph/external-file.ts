// `external.json`: the patterns of the configuration that Waybill last ran with on this folder, so that who reads the
// folder without a configuration tells the same origins as it did.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const fileOf = (dir: string): string => join(dir, 'external.json')

/** What was kept last; none where nothing was, or where it can't be read. */
export function keptExternal(dir: string): readonly string[] {
  try {
    const kept: unknown = JSON.parse(readFileSync(fileOf(dir), 'utf8'))
    return Array.isArray(kept) ? kept.filter((one) => typeof one === 'string') : []
  } catch {
    return []
  }
}

/** A full disk keeps what was there: the graph must not stop for it. */
export function keepExternal(dir: string, patterns: readonly string[]): void {
  if (JSON.stringify(keptExternal(dir)) === JSON.stringify(patterns)) return
  const next = `${fileOf(dir)}.next`
  try {
    writeFileSync(next, `${JSON.stringify(patterns)}\n`)
    renameSync(next, fileOf(dir))
  } catch {
    // written at the next start
  }
}
