// Looks at what Waybill stands on: data folder, disk, clock, ports, upstreams. Changes nothing: what it writes to measure,
// it removes. Takes each free port for an instant, and the data folder's lock never.
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  openSync,
  readSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Compiled } from '../config/compile.js'
import { WaybillError } from '../core/errors.js'
import { ledgerFile } from '../lineage/ledger/schema.js'
import { isHeld, makeFolder } from '../lineage/sqlite/folder-lock.js'
import type { Finding } from './finding.js'
import { probeService } from './service-probe.js'

export async function checkup(compiled: Compiled): Promise<readonly Finding[]> {
  const held = isHeld(compiled.data)
  const services = new Map(compiled.routes.map(({ service }) => [service.name, service.url]))
  return [
    ...dataFolder(compiled.data, held),
    clock(),
    ...(await Promise.all(
      compiled.listeners.map(({ name, host, port }) => portFree(`listener ${name}`, { host, port }, held)),
    )),
    await portFree('control', compiled.control, held),
    ...(await Promise.all([...services].map(([name, url]) => probeService(name, url)))),
  ]
}

function dataFolder(dir: string, held: boolean): readonly Finding[] {
  const probe = join(dir, `.doctor-${process.pid}`)
  try {
    makeFolder(dir)
    const times = syncTimes(probe)
    return [
      held
        ? { subject: 'data folder', verdict: 'warning', detail: `${dir} is in use (by a running Waybill?)` }
        : { subject: 'data folder', verdict: 'ok', detail: `${dir} is writable` },
      ...ledger(dir),
      space(dir),
      syncCost(times),
      fileTime(probe),
    ]
  } catch (error) {
    const detail = error instanceof WaybillError ? error.message : `${dir} can’t be written: ${reasonOf(error)}`
    return [{ subject: 'data folder', verdict: 'failure', detail }]
  } finally {
    removeProbe(probe)
  }
}

const databaseHead = 'SQLite format 3\0'

/** Nothing where there is none yet. */
function ledger(dir: string): readonly Finding[] {
  const path = join(dir, ledgerFile)
  if (!existsSync(path) || statSync(path).size === 0) return []
  const head = Buffer.alloc(databaseHead.length)
  const file = openSync(path, 'r')
  try {
    readSync(file, head)
  } finally {
    closeSync(file)
  }
  if (head.toString('latin1') === databaseHead)
    return [{ subject: 'ledger', verdict: 'ok', detail: `${path} is there` }]
  return [
    { subject: 'ledger', verdict: 'failure', detail: `${path} is no database: bring it back, or take another folder` },
  ]
}

function removeProbe(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // where no file could be made there is none to remove
  }
}

const rounds = 25

/** Milliseconds of each of some appends of 4 KiB with a sync, as a commit of the ledger does. */
function syncTimes(path: string): readonly number[] {
  const page = Buffer.alloc(4096, 1)
  const file = openSync(path, 'w')
  try {
    return Array.from({ length: rounds }, () => {
      const before = performance.now()
      writeSync(file, page)
      fdatasyncSync(file)
      return performance.now() - before
    })
  } finally {
    closeSync(file)
  }
}

function syncCost(times: readonly number[]): Finding {
  const sorted = [...times].sort((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0
  const worst = sorted.at(-1) ?? 0
  const detail = `one fsync takes ${median.toFixed(2)} ms (median of ${times.length}; worst ${worst.toFixed(2)} ms)`
  if (median < 20) return { subject: 'fsync', verdict: 'ok', detail }
  return {
    subject: 'fsync',
    verdict: 'warning',
    detail: `${detail}: each durable answer waits that long; take a faster disk, or record: async`,
  }
}

const scarce = 1024 ** 3

function space(dir: string): Finding {
  const { bavail, bsize } = statfsSync(dir)
  const free = bavail * bsize
  const detail = `${(free / 1024 ** 3).toFixed(1)} GiB free`
  if (free >= scarce) return { subject: 'disk', verdict: 'ok', detail }
  return {
    subject: 'disk',
    verdict: 'warning',
    detail: `${detail}: a full disk leaves gaps, and refuses \`required\` routes`,
  }
}

/** The file system's clock against ours: a network disk's may differ. */
function fileTime(probe: string): Finding {
  const apart = Math.abs(Date.now() - statSync(probe).mtimeMs)
  const detail = `file times are ${(apart / 1000).toFixed(1)} s from the clock`
  return apart < 5000
    ? { subject: 'file times', verdict: 'ok', detail }
    : { subject: 'file times', verdict: 'warning', detail }
}

const madeIn = Date.UTC(2025, 0, 1)

function clock(): Finding {
  const now = new Date()
  const zone = now.toISOString()
  if (now.getTime() > madeIn) return { subject: 'clock', verdict: 'ok', detail: `${zone} (UTC)` }
  return {
    subject: 'clock',
    verdict: 'failure',
    detail: `${zone} lies before Waybill was made: set the clock, all recorded times come from it`,
  }
}

interface Address {
  readonly host: string
  readonly port: number
}

/** `held`: some Waybill runs on the data folder, so that its ports are taken by right. */
function portFree(subject: string, { host, port }: Address, held: boolean): Promise<Finding> {
  return new Promise((resolve) => {
    const server = createServer()
    const at = `${host}:${port}`
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE'
      const by = held ? 'in use (by a running Waybill?)' : 'in use by another program: stop it, or take another port'
      const detail = taken ? `${at} is ${by}` : `${at} can’t be listened on: ${reasonOf(error)}`
      resolve({ subject, verdict: taken && held ? 'warning' : 'failure', detail })
    })
    server.listen(port, host, () => {
      server.close(() =>
        resolve({ subject, verdict: 'ok', detail: port === 0 ? `${host}, any free port` : `${at} is free` }),
      )
    })
  })
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return error instanceof Error ? error.message : String(error)
}
