// Kills whole gateways, as users start them, one after the other on one data folder, under load, at moments that a seed gives;
// and says what is not as it was promised. The service behind them is another process and lives on.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { systemClock } from '../../core/clock.js'
import { openLedgerRows } from '../../lineage/ledger/reader.js'
import { openGapsPage } from '../../recorder/gaps-page.js'
import { readIntents } from '../../recorder/intents.js'
import { createRandom, type Random } from './corpora.js'
import { startCountingUpstream, type CountingUpstream } from './counting-upstream.js'
import { loadedModes, startLoad } from './gateway-load.js'
import { graphDump, rebuiltGraphDump } from './graph-dumps.js'
import { createAccounts, type Accounts, type Round } from './kill-accounts.js'
import { spawnWaybill, type WaybillProcess } from './waybill-process.js'

export interface KillOptions {
  /** a folder for everything */
  readonly dir: string
  readonly seed: number
  readonly kills: number
  readonly connections: number
}

export interface KillFigures {
  readonly kills: number
  /** of these, how many while it was starting */
  readonly early: number
  readonly requests: number
  readonly effects: number
  /** answers that came whole */
  readonly answers: number
  /** exchanges of which a gap says that they were under way */
  readonly named: number
  readonly leaves: number
}

interface Place {
  readonly dir: string
  readonly upstream: CountingUpstream
  readonly random: Random
  readonly accounts: Accounts
  readonly rounds: Round[]
  readonly connections: number
  /** to be ended also where a promise was not kept */
  running?: WaybillProcess
}

/** How long what a start has to tell may take, milliseconds. */
const patienceMs = 20_000

/** Throws where a promise was not kept, with every complaint. */
export async function killGateways({ dir, seed, kills, connections }: KillOptions): Promise<KillFigures> {
  const upstream = await startCountingUpstream()
  const place: Place = {
    ...{ dir, upstream, connections, random: createRandom(seed), accounts: createAccounts(), rounds: [] },
  }
  writeFileSync(join(dir, 'waybill.yaml'), configuration(upstream.url))
  let early = 0
  try {
    for (let kill = 0; kill < kills; kill += 1) {
      // one in five dies while it still finds out what the one before left open
      if (kill > 0 && place.random(5) === 0) {
        await killStarting(place)
        early += 1
      } else await killUnderLoad(place)
    }
    await endWell(place)
  } finally {
    place.running?.child.kill('SIGKILL')
    await upstream.stop()
  }
  const { rounds, accounts } = place
  const sum = (of: (round: Round) => number) => rounds.reduce((total, round) => total + of(round), 0)
  return {
    ...{ kills, early, named: accounts.named(), leaves: accounts.count() },
    requests: sum(({ sent }) => sent.length),
    effects: sum(({ effects }) => effects.length),
    answers: sum(({ sent }) => sent.filter(({ whole }) => whole).length),
  }
}

function spawnGateway(place: Place): WaybillProcess {
  const { dir } = place
  const args = ['start', '--config', join(dir, 'waybill.yaml'), '--log-level', 'error']
  return (place.running = spawnWaybill(args, { cwd: dir }))
}

async function killStarting(place: Place): Promise<void> {
  const gateway = spawnGateway(place)
  setTimeout(() => gateway.child.kill('SIGKILL'), place.random(700))
  await gateway.finished
}

async function killUnderLoad(place: Place): Promise<void> {
  const { accounts, rounds, random } = place
  const gateway = spawnGateway(place)
  const [, url = ''] = await gateway.said(/^http-0 +(http:\S+)/m)
  await gateway.said(/Stop with Ctrl-C/)
  await settled(place)
  const kill = (): void => void gateway.child.kill('SIGKILL')
  const [after, atAnswer] = [random(600), 1 + random(800)]
  const byTime = random(2) === 0
  const from = systemClock.now()
  const prefix = `r${rounds.length}`
  const onAnswer = (answers: number): void => {
    if (!byTime && answers === atAnswer) kill()
  }
  // its own numbers, since how many it takes is a matter of timing
  const load = startLoad({
    url,
    connections: place.connections,
    prefix,
    random: createRandom(random(1 << 30)),
    onAnswer,
  })
  if (byTime) setTimeout(kill, after)
  const { signal, code, err } = await gateway.finished
  if (signal !== 'SIGKILL') throw new Error(`the gateway ended by itself (${code ?? signal ?? '?'}): ${err}`)
  await load.over
  const effects = await place.upstream.effects()
  rounds.push({ sent: load.sent, effects, from, to: systemClock.now() })
  // once before anything else opens the folder: nothing may be there twice, or be missing that was acknowledged
  accounts.read(join(place.dir, 'data'))
}

/** Resolves when the running gateway has told of the last round all that it has to tell. */
async function settled({ dir, accounts, rounds }: Place): Promise<void> {
  const last = rounds.at(-1)
  if (last === undefined) return
  const limit = performance.now() + patienceMs
  let complaints: string[] = []
  do {
    await wait(20)
    accounts.read(join(dir, 'data'))
    complaints = accounts.complaints(last)
  } while (complaints.length > 0 && performance.now() < limit)
  refuse(`round ${rounds.length - 1}`, complaints)
}

function refuse(what: string, complaints: readonly string[]): void {
  if (complaints.length > 0) throw new Error(`${what}:\n${complaints.slice(0, 20).join('\n')}`)
}

/** A last start, which is asked to stop: then nothing is open, and the graph is the one that the ledger gives. */
async function endWell(place: Place): Promise<void> {
  const { dir, accounts, rounds } = place
  const data = join(dir, 'data')
  const gateway = spawnGateway(place)
  await gateway.said(/Stop with Ctrl-C/)
  await settled(place)
  gateway.child.kill('SIGTERM')
  const { code, err } = await gateway.finished
  if (code !== 0) throw new Error(`it ended with ${code ?? 'a signal'}: ${err}`)
  accounts.read(data)
  for (const [at, round] of rounds.entries()) refuse(`round ${at}, at the end`, accounts.complaints(round))
  const open = readIntents(data)
  if (open.length > 0) throw new Error(`${open.length} intents are open after a clean stop`)
  const { page, state } = openGapsPage(data)
  page.close()
  const { accepted, settled: closed, pending } = state
  if (accepted !== closed || pending.length > 0) {
    throw new Error(`gaps.page: ${accepted} taken, ${closed} settled, ${pending.length} pending`)
  }
  compareGraphs(data)
}

function compareGraphs(data: string): void {
  const whole = mkdtempSync(join(data, 'whole-'))
  const rows = openLedgerRows(data)
  try {
    if (graphDump(data, rows) !== rebuiltGraphDump(whole, rows)) throw new Error('the graph differs from a rebuilt one')
  } finally {
    rows.close()
    rmSync(whole, { recursive: true, force: true })
  }
}

function configuration(url: string): string {
  const route = (mode: string): string => `
  - name: ${mode}
    match: { path: '/${mode}/*', method: POST }
    service: trainer
    record: ${mode}
    gather:
      - use: http-json
        with:
          activity: { type: training-run, id: 'trainer:{$.response.body.run}' }
          generated:
            - { type: model, name: 'models/{$.response.body.model}', version: '{$.response.body.version}' }`
  return `
services:
  trainer: { url: '${url}' }
routes:${loadedModes.map(route).join('')}
data: data
listeners: [{ port: 0 }]
control: { port: 0 }
`
}
