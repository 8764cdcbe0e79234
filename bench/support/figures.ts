// Median and spread of rounds, and the machine that they were taken on.
import Database from 'better-sqlite3'
import { execFileSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { wakeUpMicros } from './wake-up.js'

export interface Figure {
  readonly median: number
  readonly lowest: number
  readonly highest: number
}

export function figureOf(values: readonly number[]): Figure {
  const sorted = [...values].sort((one, other) => one - other)
  return { median: percentile(sorted, 50), lowest: sorted[0] ?? Number.NaN, highest: sorted.at(-1) ?? Number.NaN }
}

/** Of ascending `sorted`, by nearest rank; between the middle two for the median of an even count. */
export function percentile(sorted: readonly number[], percent: number): number {
  const rank = (percent / 100) * sorted.length
  if (percent === 50 && sorted.length % 2 === 0) return ((sorted[rank - 1] ?? NaN) + (sorted[rank] ?? NaN)) / 2
  return sorted[Math.max(0, Math.ceil(rank) - 1)] ?? Number.NaN
}

/** Ratio of two figures taken in the same rounds: each round's own ratio, so that a slow minute weighs on both. */
export function ratioOf(values: readonly number[], peers: readonly number[]): Figure {
  return figureOf(values.map((value, round) => value / (peers[round] ?? Number.NaN)))
}

export interface Machine {
  readonly time: string
  readonly commit: string
  readonly cpu: string
  readonly memoryGiB: number
  readonly kernel: string
  readonly node: string
  /** milliseconds: p50 of a one-row FULL commit, the same SQLite on the same disk */
  readonly fsyncMs: number
  /** microseconds for one thread to wake another one, see wake-up.ts */
  readonly wakeUpMicros: number
  /** 1, 5 and 15 minutes, before the bench began */
  readonly load: readonly number[]
}

export function machine(dir: string): Machine {
  const load = loadavg().map((value) => Number(value.toFixed(2)))
  return {
    time: new Date().toISOString(),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    cpu: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    fsyncMs: Number(commitMs(dir).toFixed(3)),
    wakeUpMicros: Number(wakeUpMicros().toFixed(1)),
    load,
  }
}

/** p50 in milliseconds of 300 commits of one small row, WAL and synchronous=FULL. */
export function commitMs(dir: string): number {
  const database = new Database(join(dir, `fsync-${process.pid}.db`))
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.exec('CREATE TABLE IF NOT EXISTS one (value TEXT)')
  const insert = database.prepare('INSERT INTO one VALUES (?)')
  const took: number[] = []
  for (let at = 0; at < 300; at += 1) {
    const started = performance.now()
    insert.run('x'.repeat(100))
    took.push(performance.now() - started)
  }
  database.close()
  return percentile(
    took.sort((one, other) => one - other),
    50,
  )
}
