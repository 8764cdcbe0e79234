// Counters, gauges and histograms in memory, written out in Prometheus' text format. Every metric has a bounded number of
// series: what comes past the bound is counted under `other`, so that no traffic can grow memory.

interface MetricKind {
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
}

export interface Counter {
  add(values: readonly string[], by?: number): void
}

export interface Gauge {
  set(value: number): void
}

export interface Histogram {
  observe(values: readonly string[], value: number): void
}

export interface Metrics {
  counter(kind: MetricKind): Counter
  gauge(kind: Omit<MetricKind, 'labels'>, read?: () => number): Gauge
  histogram(kind: MetricKind, buckets: readonly number[]): Histogram
  /** Prometheus text format 0.0.4 */
  exposition(): string
}

const maxSeries = 500
const maxLabel = 100
const separator = '\u0000'

interface Series<T> {
  readonly labels: readonly string[]
  readonly state: T
}

export function createMetrics(): Metrics {
  const writers: (() => string)[] = []
  return {
    counter: (kind) => {
      const table = createTable(kind.labels.length, () => ({ total: 0 }))
      writers.push(() => counterText(kind, table.all()))
      return {
        add: (values, by = 1) => {
          table.at(values).total += by
        },
      }
    },
    gauge: (kind, read) => {
      let value = 0
      writers.push(() => `${heading(kind, 'gauge')}${kind.name} ${numberText(read?.() ?? value)}\n`)
      return {
        set: (next) => {
          value = next
        },
      }
    },
    histogram: (kind, buckets) => {
      const table = createTable(kind.labels.length, () => ({ counts: new Float64Array(buckets.length + 1), sum: 0 }))
      writers.push(() => histogramText(kind, buckets, table.all()))
      return {
        observe: (values, value) => {
          const state = table.at(values)
          let bucket = 0
          while (bucket < buckets.length && value > (buckets[bucket] ?? 0)) bucket += 1
          state.counts[bucket] = (state.counts[bucket] ?? 0) + 1
          state.sum += value
        },
      }
    },
    exposition: () => writers.map((write) => write()).join(''),
  }
}

function createTable<T>(labels: number, create: () => T) {
  const series = new Map<string, Series<T>>()
  const add = (key: string, values: readonly string[]): Series<T> => {
    const made = { labels: values, state: create() }
    series.set(key, made)
    return made
  }
  return {
    all: () => [...series.values()],
    at: (values: readonly string[]): T => {
      const key = values.join(separator)
      const known = series.get(key)
      if (known !== undefined) return known.state
      if (series.size < maxSeries)
        return add(
          key,
          values.map((value) => value.slice(0, maxLabel)),
        ).state
      const other = Array.from({ length: labels }, () => 'other')
      return (series.get(other.join(separator)) ?? add(other.join(separator), other)).state
    },
  }
}

function heading(kind: Omit<MetricKind, 'labels'>, type: string): string {
  return `# HELP ${kind.name} ${kind.help}\n# TYPE ${kind.name} ${type}\n`
}

function counterText(kind: MetricKind, series: readonly Series<{ total: number }>[]): string {
  const lines = series.map(
    ({ labels, state }) => `${kind.name}${labelText(kind.labels, labels)} ${numberText(state.total)}\n`,
  )
  return heading(kind, 'counter') + lines.join('')
}

type HistogramSeries = Series<{ counts: Float64Array; sum: number }>

function histogramText(kind: MetricKind, buckets: readonly number[], series: readonly HistogramSeries[]): string {
  const lines = series.flatMap(({ labels, state }) => {
    let below = 0
    const counted = [...buckets, Number.POSITIVE_INFINITY].map((bound, at) => {
      below += state.counts[at] ?? 0
      const text = labelText(
        [...kind.labels, 'le'],
        [...labels, bound === Number.POSITIVE_INFINITY ? '+Inf' : String(bound)],
      )
      return `${kind.name}_bucket${text} ${below}\n`
    })
    const text = labelText(kind.labels, labels)
    return [...counted, `${kind.name}_sum${text} ${numberText(state.sum)}\n`, `${kind.name}_count${text} ${below}\n`]
  })
  return heading(kind, 'histogram') + lines.join('')
}

function labelText(names: readonly string[], values: readonly string[]): string {
  if (names.length === 0) return ''
  return `{${names.map((name, at) => `${name}="${escapeLabel(values[at] ?? '')}"`).join(',')}}`
}

/** The format escapes backslash, quote and line end; other control characters have no place in a label. */
function escapeLabel(value: string): string {
  return value
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')

    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '\uFFFD')
}

function numberText(value: number): string {
  return Number.isFinite(value) ? String(value) : '0'
}
