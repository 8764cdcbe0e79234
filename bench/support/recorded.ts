// What a data folder holds, read beside the running process: exchange records, records that are missing and named as
// gaps, facts, and how far the graph has come. Read-only connections; never asks Waybill itself.
import Database from 'better-sqlite3'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Recorded } from './rules.js'

/** gaps that stand for exchanges of which there is no record; other gaps are about their facts */
const unrecorded = ['queue-full', 'ledger-unavailable', 'in-flight-at-crash', 'ledger-truncated', 'abandoned']

export interface Holdings extends Recorded {
  readonly facts: number
  /** seconds until the facts were all there and the graph had them */
  readonly drainSeconds: number
}

/** Waits (at most `limitMs`) until all is there: as many records and gaps as `requests`, facts of each record, the graph. */
export async function holdingsOf(data: string, requests: number, limitMs = 180_000): Promise<Holdings> {
  const started = performance.now()
  const ledger = new Database(join(data, 'ledger.db'), { readonly: true })
  const graph = new Database(join(data, 'graph.db'), { readonly: true })
  const count = (sql: string) => Number(ledger.prepare(sql).pluck().get())
  const reasons = unrecorded.map((reason) => `'${reason}'`).join(',')
  try {
    for (;;) {
      const last = count('SELECT coalesce(max(first + json_array_length(directory) - 1), 0) FROM segment')
      const position = Number(graph.prepare('SELECT seq FROM position').pluck().get())
      const late = performance.now() - started > limitMs
      if (position < last && !late) {
        await wait(100)
        continue
      }
      const records = count(`SELECT count(*) FROM leaf WHERE part = 'x/closing'`)
      const facts = count(`SELECT count(*) FROM leaf WHERE kind = 'facts'`)
      const gaps = count(
        `SELECT coalesce(sum(body ->> '$.count'), 0) FROM leaf WHERE kind = 'gap' AND body ->> '$.reason' IN (${reasons})`,
      )
      const pending = records + gaps < requests || (facts > 0 && facts < records)
      if (pending && !late) {
        await wait(200)
        continue
      }
      const drainSeconds = (performance.now() - started) / 1000
      return { records, gaps, facts, drained: position >= last && !pending, drainSeconds }
    }
  } finally {
    ledger.close()
    graph.close()
  }
}
