// Watches one gatherer worker from outside: a job that stays in the same gatherer past the limit is told once. Looks at
// shared memory only, so that a worker that hangs can be seen to; never ends a worker itself.

/** Where a worker is: the job's serial (0: idle) and the use it runs (0: not in a gatherer yet). */
export interface WorkerProgress {
  readonly serial: number
  /** undefined: before the first gatherer (redaction) */
  readonly use: number | undefined
}

export interface Watchdog {
  /** Looks from now on at this memory. */
  watch(progress: SharedArrayBuffer): void
  where(): WorkerProgress
  close(): void
}

/** `limit` in milliseconds; a hang is told at most a quarter of it late. */
export function createWatchdog(limit: number, onHang: (where: WorkerProgress) => void): Watchdog {
  let cells: Int32Array = new Int32Array(2)
  let seen = ''
  let since = 0
  const where = (): WorkerProgress => {
    const use = Atomics.load(cells, 1)
    return { serial: Atomics.load(cells, 0), use: use === 0 ? undefined : use - 1 }
  }
  const look = (): void => {
    const { serial, use } = where()
    const now = performance.now()
    const place = `${serial}/${use ?? ''}`
    if (serial === 0 || place !== seen) {
      seen = place
      since = now
    } else if (now - since > limit) {
      since = now
      onHang({ serial, use })
    }
  }
  const timer = setInterval(look, Math.max(5, limit / 4)).unref()
  return {
    where,
    watch: (progress) => {
      cells = new Int32Array(progress)
      seen = ''
    },
    close: () => clearInterval(timer),
  }
}
