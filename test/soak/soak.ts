// `npm run soak`: the long versions of tests, by hand: laps of each part in turn until all are done or SOAK_MINUTES are over. A lap
// that was done at this commit is not done again, so that a soak can be cut into evenings; what stands lands in bench/results/.
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync } from 'node:fs'
import { machine } from '../../bench/support/figures.js'
import { publish, type Row } from '../../bench/support/report.js'
import { setting } from '../../bench/support/run.js'
import { linesOf, runLap, soakFolder, summed, type Lap } from './lap.js'
import { soakParts, type SoakPart } from './parts.js'

const minutes = setting('SOAK_MINUTES', 240)
const until = performance.now() + minutes * 60_000
const lapsFile = `${soakFolder}laps.ndjson`

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { encoding: 'utf8' }).trim()
}

/** The part that is the least done, of those that are not. */
function nextOf(laps: readonly Lap[]): SoakPart | undefined {
  const open = soakParts
    .map((part) => ({ part, share: lapsOf(part, laps).length / part.laps }))
    .filter(({ share }) => share < 1)
  return open.sort((one, other) => one.share - other.share)[0]?.part
}

function lapsOf({ name }: SoakPart, laps: readonly Lap[]): Lap[] {
  return laps.filter(({ part }) => part === name)
}

function rowOf(part: SoakPart, laps: readonly Lap[]): Row {
  const done = lapsOf(part, laps)
  const sum = (of: (lap: Lap) => number) => done.reduce((total, lap) => total + of(lap), 0)
  const figures = Object.entries(summed(done.map((lap) => lap.figures))).map(
    ([name, value]) => `${value.toLocaleString('en')} ${name}`,
  )
  const tests = `${sum(({ passed }) => passed)} passed, ${sum(({ failed }) => failed)} failed`
  const time = `${(sum(({ seconds }) => seconds) / 60).toFixed(1)} min`
  return {
    what: part.title,
    figure: [tests, ...figures, time].join('; '),
    against: `${done.length} of ${part.laps} laps`,
  }
}

mkdirSync(soakFolder, { recursive: true })
const about = machine(soakFolder)
// The soak itself and kept results are no part of what it tests.
const tested = ['--', '.', ':!test/soak', ':!bench/results']
const commit = git('log', '-1', '--format=%h', ...tested) + (git('status', '--porcelain', ...tested) === '' ? '' : '+')
// Changes that are not committed have no name: their laps do not count for the next run.
const laps = commit.endsWith('+') ? [] : linesOf<Lap>(lapsFile).filter((lap) => lap.commit === commit)
console.log(`soak of ${commit}: ${laps.length} laps done before, ${minutes} minutes at most; logs in .cache/soak/`)

for (let part = nextOf(laps); part !== undefined && performance.now() < until; part = nextOf(laps)) {
  const seed = Math.floor(Math.random() * 1_000_000_000)
  const lap = await runLap(part, seed, commit)
  laps.push(lap)
  appendFileSync(lapsFile, `${JSON.stringify(lap)}\n`)
  const share = `${lapsOf(part, laps).length}/${part.laps}`
  const outcome = lap.failed === 0 ? 'ok' : `FAILED, see .cache/soak/${part.name}-${seed}.log`
  const time = new Date().toTimeString().slice(0, 8)
  console.log(`${time} ${part.name} ${share}: ${outcome}, ${lap.seconds} s ${JSON.stringify(lap.figures)}`)
}

const failures = laps.filter(({ failed }) => failed > 0)
publish({
  name: 'soak',
  command: 'npm run soak',
  title: 'Soak: kills, faults and fuzzing for longer than CI has',
  machine: { ...about, commit },
  rows: soakParts.map((part) => rowOf(part, laps)),
  notes: [
    'Each lap is a run of tests that CI runs shorter; a kill counts when nothing that was promised is missing after it.',
    failures.length === 0
      ? 'No lap failed.'
      : `Failed: ${failures.map(({ part, seed }) => `${part} (seed ${seed})`).join(', ')}.`,
  ],
  raw: laps,
})
process.exitCode = failures.length === 0 ? 0 : 1
