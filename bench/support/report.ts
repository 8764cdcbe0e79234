// Results as kept: one JSON file with everything, one Markdown page with the table, both in bench/results/.
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { loadavg } from 'node:os'
import type { Figure, Machine } from './figures.js'

export interface Row {
  readonly what: string
  readonly figure: string
  /** the floor or peer it is held against, where there is one */
  readonly against?: string
}

export interface Report {
  /** `proxy`, …: also the file's name and the command, `npm run bench:<name>`, where no other is given */
  readonly name: string
  readonly command?: string
  readonly title: string
  readonly machine: Machine
  readonly rows: readonly Row[]
  /** sentences on how it was taken */
  readonly notes: readonly string[]
  /** every single measurement */
  readonly raw: unknown
}

const results = fileURLToPath(new URL('../results/', import.meta.url))

export function publish(report: Report): void {
  const page = pageOf(report)
  console.log(page)
  mkdirSync(results, { recursive: true })
  writeFileSync(`${results}${report.name}.md`, page)
  writeFileSync(`${results}${report.name}.json`, `${JSON.stringify(report, null, 2)}\n`)
}

function pageOf({ name, command = `npm run bench:${name}`, title, machine, rows, notes }: Report): string {
  const { load, fsyncMs, wakeUpMicros, cpu, memoryGiB, kernel, node, commit, time } = machine
  const loadAfter = loadavg()[0]?.toFixed(2) ?? ''
  return [
    `# ${title}`,
    '',
    `\`${command}\` · commit ${commit} · ${time}`,
    '',
    '| what | figure | against |',
    '|---|---|---|',
    ...rows.map((row) => `| ${row.what} | ${row.figure} | ${row.against ?? ''} |`),
    '',
    ...notes.map((note) => `- ${note}`),
    `- ${cpu}, ${memoryGiB} GiB, Linux ${kernel}, Node ${node}. One fsync ${fsyncMs} ms; a thread wakes another in ${wakeUpMicros} µs.`,
    `- Load average before ${load.join(' ')}, after ${loadAfter}: what else ran on the machine.`,
    '',
  ].join('\n')
}

/** `21.3k/s (20.9–22.0)` */
export function perSecond({ median, lowest, highest }: Figure): string {
  const thousand = (value: number) => (value / 1000).toFixed(value < 10_000 ? 2 : 1)
  return `${thousand(median)}k/s (${thousand(lowest)}–${thousand(highest)})`
}

/** `0.91 × (0.88–0.95)` */
export function times({ median, lowest, highest }: Figure): string {
  return `${median.toFixed(2)} × (${lowest.toFixed(2)}–${highest.toFixed(2)})`
}

export function holds(median: number, floor: number): string {
  return median >= floor ? 'holds' : 'does not hold'
}
