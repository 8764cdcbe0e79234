// How small and how soon: time until ready and idle memory of `waybill start`, and what an install from the packed tarball
// weighs, without optional parts.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { figureOf, machine, type Figure } from './support/figures.js'
import { residentBytes } from './support/processes.js'
import { holds, publish } from './support/report.js'
import { runBench, setting } from './support/run.js'
import { startUpstream } from './support/upstream.js'
import { startWaybill } from './support/waybill.js'

const starts = setting('BENCH_ROUNDS', 5)
const repository = fileURLToPath(new URL('../', import.meta.url))
const mega = 1024 * 1024

/** Bytes of all files below `folder`, by their sizes. */
function bytesOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}

interface Install {
  readonly tarball: number
  readonly installed: number
  readonly largest: readonly { readonly name: string; readonly bytes: number }[]
  /** sources and objects of the native build, which nothing needs at run time */
  readonly buildLeftovers: number
}

function install(dir: string): Install {
  const folder = join(dir, 'install')
  mkdirSync(folder)
  const npm = (args: readonly string[], cwd: string) =>
    execFileSync('npm', [...args, '--silent', '--no-audit', '--no-fund'], { cwd, encoding: 'utf8' })
  npm(['pack', '--ignore-scripts', '--pack-destination', folder], repository)
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? ''
  const manifest = { name: 'install', private: true, allowScripts: { 'better-sqlite3': true } }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  npm(['install', '--omit=dev', '--omit=optional', `./${tarball}`], folder)
  const version = execFileSync(join(folder, 'node_modules', '.bin', 'waybill'), ['version'], { encoding: 'utf8' })
  if (!/\d+\.\d+\.\d+/.test(version)) throw new Error(`the installed command does not run: ${version}`)
  const modules = join(folder, 'node_modules')
  const folders = readdirSync(modules, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const sizes = folders.map(({ name }) => ({ name, bytes: bytesOf(join(modules, name)) }))
  const native = join(modules, 'better-sqlite3')
  const leftovers = ['deps', 'src', 'build/Release/obj', 'build/Release/obj.target', 'build/Release/.deps']
  const measured: Install = {
    tarball: statSync(join(folder, tarball)).size,
    installed: bytesOf(modules),
    largest: sizes.sort((one, other) => other.bytes - one.bytes).slice(0, 5),
    buildLeftovers: leftovers
      .map((name) => join(native, name))
      .filter((path) => existsSync(path))
      .reduce((sum, path) => sum + bytesOf(path), 0),
  }
  rmSync(folder, { recursive: true })
  return measured
}

function range({ median, lowest, highest }: Figure, digits: number, unit: string): string {
  return `${median.toFixed(digits)} ${unit} (${lowest.toFixed(digits)}–${highest.toFixed(digits)})`
}

await runBench(async (place) => {
  const about = machine(place.dir)
  const upstream = place.keep(await startUpstream(place.dir))
  const ready: number[] = []
  const idle: number[] = []
  for (let at = 0; at < starts; at += 1) {
    const folder = join(place.dir, `start-${at}`)
    mkdirSync(folder)
    const waybill = place.keep(await startWaybill('durable')(folder, upstream.url))
    ready.push(waybill.readySeconds)
    await wait(3000)
    idle.push(residentBytes(waybill.pid) / 1e6)
    await waybill.stop()
  }
  const { tarball, installed, largest, buildLeftovers } = install(place.dir)
  const [seconds, resident] = [figureOf(ready), figureOf(idle)]
  publish({
    name: 'footprint',
    title: 'Ready time, idle memory, install size',
    machine: about,
    rows: [
      {
        what: 'ready (process start to `/readyz`)',
        figure: range(seconds, 2, 's'),
        against: `floor 1.5 s ${holds(-seconds.median, -1.5)}`,
      },
      {
        what: 'idle resident memory',
        figure: range(resident, 0, 'MB'),
        against: `floor 180 MB ${holds(-resident.median, -180)}`,
      },
      {
        what: 'installed from the tarball, no dev, no optional',
        figure: `${(installed / mega).toFixed(1)} MiB`,
        against: `floor 110 MB ${holds(-installed / 1e6, -110)}`,
      },
      { what: 'tarball', figure: `${(tarball / mega).toFixed(2)} MiB` },
    ],
    notes: [
      `Ready and idle: ${starts} starts on an empty data folder; memory 3 s after ready.`,
      `Largest: ${largest.map(({ name, bytes }) => `${name} ${(bytes / mega).toFixed(1)}`).join(', ')} MiB.`,
      `Of better-sqlite3, ${(buildLeftovers / mega).toFixed(1)} MiB are sources and objects of its build, which nothing needs at run time.`,
    ],
    raw: { ready, idle, tarball, installed, largest, buildLeftovers },
  })
})
