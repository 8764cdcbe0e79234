// The one subscriber of signals: turns each into a metric and, where its level is on, into one log line. Exchanges that
// went well are logged at `debug` only: a line for each would cost more than proxying it.
import type { Logger } from 'pino'
import { onEverySignal, type SignalEvents, type SignalMessage, type SignalName, type Signals } from '../core/signals.js'
import type { Metrics } from './metrics.js'

type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error'

const levels: Readonly<Record<SignalName, Level>> = {
  exchangeFinished: 'debug',
  exchangeRefused: 'info',
  exchangeDropped: 'warn',
  gapRecorded: 'warn',
  gathererFailed: 'warn',
  gathererReplaced: 'warn',
  factsRecorded: 'debug',
  capturesLost: 'warn',
  shadowGathered: 'info',
  ledgerCommitted: 'trace',
  ledgerFailed: 'error',
  ledgerRestarted: 'warn',
  graphProjected: 'trace',
  graphFailed: 'error',
  graphRestarted: 'warn',
  upstreamFailed: 'warn',
  contextFieldDropped: 'debug',
  listenerOpened: 'info',
  drained: 'info',
}

const exchangeSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const commitSeconds = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1]

type Recorders = { readonly [Name in SignalName]: (event: SignalEvents[Name]) => void }

export function attachTelemetry(signals: Signals, parts: { readonly logger: Logger; readonly metrics: Metrics }): void {
  const recorders = { ...trafficRecorders(parts.metrics), ...lineageRecorders(parts.metrics) } satisfies Recorders
  onEverySignal(signals, (message) => {
    recordSignal(recorders, message)
    const level = levels[message.name]
    if (parts.logger.isLevelEnabled(level)) parts.logger[level](printable(message.event), message.name)
  })
}

function recordSignal(recorders: Recorders, message: SignalMessage): void {
  const record = recorders[message.name] as (event: SignalMessage['event']) => void
  record(message.event)
}

function trafficRecorders(metrics: Metrics) {
  const exchanges = metrics.counter({
    name: 'waybill_exchanges_total',
    help: 'Exchanges that passed, by route, status class and outcome.',
    labels: ['route', 'status', 'outcome'],
  })
  const seconds = metrics.histogram(
    { name: 'waybill_exchange_seconds', help: 'Time from request head to last byte.', labels: ['route'] },
    exchangeSeconds,
  )
  const refused = metrics.counter({
    name: 'waybill_exchanges_refused_total',
    help: 'Requests that the gateway answered itself, by error code.',
    labels: ['code', 'route'],
  })
  const upstream = metrics.counter({
    name: 'waybill_upstream_failures_total',
    help: 'Failures of services, by error code.',
    labels: ['service', 'code'],
  })
  const fields = metrics.counter({
    name: 'waybill_context_fields_dropped_total',
    help: 'Context fields from outside that were dropped.',
    labels: ['field'],
  })
  const listeners = metrics.counter({
    name: 'waybill_listeners_opened_total',
    help: 'Listeners opened since the start.',
    labels: ['name'],
  })
  return {
    exchangeFinished: ({ route, status, outcome, seconds: time }: SignalEvents['exchangeFinished']) => {
      exchanges.add([route, `${Math.floor(status / 100)}xx`, outcome])
      seconds.observe([route], time)
    },
    exchangeRefused: ({ code, route }: SignalEvents['exchangeRefused']) => refused.add([code, route]),
    upstreamFailed: ({ service, code }: SignalEvents['upstreamFailed']) => upstream.add([service, code]),
    contextFieldDropped: ({ field }: SignalEvents['contextFieldDropped']) => fields.add([field]),
    listenerOpened: ({ name }: SignalEvents['listenerOpened']) => listeners.add([name]),
    drained: () => undefined,
  }
}

function lineageRecorders(metrics: Metrics) {
  const count = (name: string, help: string, ...labels: string[]) => metrics.counter({ name, help, labels })
  const dropped = count(
    'waybill_exchanges_dropped_total',
    'Exchanges not recorded; each has its gap.',
    'route',
    'reason',
  )
  const gaps = count('waybill_gaps_total', 'Gaps recorded, by reason.', 'route', 'reason')
  const failures = count('waybill_gatherer_failures_total', 'Gatherers that failed.', 'route', 'gatherer', 'reason')
  const replaced = count(
    'waybill_gatherer_replacements_total',
    'Gatherer threads ended and replaced.',
    'route',
    'reason',
  )
  const facts = count('waybill_facts_total', 'Facts recorded.', 'route', 'gatherer')
  const captures = count('waybill_captures_lost_total', 'Captures that could not be kept.', 'route', 'reason')
  const shadowFacts = count(
    'waybill_shadow_facts_total',
    'Facts that `shadow` would have recorded.',
    'route',
    'gatherer',
  )
  const shadowGaps = count('waybill_shadow_gaps_total', 'Gaps that `shadow` would have recorded.', 'route', 'gatherer')
  const records = count('waybill_ledger_records_total', 'Records committed to the ledger.')
  const ledgerFailures = count('waybill_ledger_failures_total', 'Commits that failed.')
  const restarts = count('waybill_ledger_restarts_total', 'Restarts of the ledger thread.')
  const leaves = count('waybill_graph_leaves_total', 'Ledger records projected into the graph.')
  const commits = metrics.histogram(
    { name: 'waybill_ledger_commit_seconds', help: 'Time of a commit, sync included.', labels: [] },
    commitSeconds,
  )
  const graphFailures = count('waybill_graph_failures_total', 'Deaths of the graph thread, and refusals of its disk.')
  const graphRestarts = count('waybill_graph_restarts_total', 'Restarts of the graph thread.')
  return {
    exchangeDropped: ({ route, reason }: SignalEvents['exchangeDropped']) => dropped.add([route, reason]),
    gapRecorded: ({ route, reason, count: many }: SignalEvents['gapRecorded']) => gaps.add([route, reason], many),
    gathererFailed: ({ route, gatherer, reason }: SignalEvents['gathererFailed']) =>
      failures.add([route, gatherer, reason]),
    gathererReplaced: ({ route, reason }: SignalEvents['gathererReplaced']) => replaced.add([route, reason]),
    factsRecorded: ({ route, gatherer, facts: many }: SignalEvents['factsRecorded']) =>
      facts.add([route, gatherer], many),
    capturesLost: ({ route, reason, count: many }: SignalEvents['capturesLost']) => captures.add([route, reason], many),
    shadowGathered: (event: SignalEvents['shadowGathered']) => {
      shadowFacts.add([event.route, event.gatherer], event.facts)
      shadowGaps.add([event.route, event.gatherer], event.gaps)
    },
    ledgerCommitted: ({ records: many, seconds }: SignalEvents['ledgerCommitted']) => {
      records.add([], many)
      commits.observe([], seconds)
    },
    ledgerFailed: () => ledgerFailures.add([]),
    ledgerRestarted: () => restarts.add([]),
    graphProjected: ({ leaves: many }: SignalEvents['graphProjected']) => leaves.add([], many),
    graphFailed: () => graphFailures.add([]),
    graphRestarted: () => graphRestarts.add([]),
  }
}

// JSON escapes C0 controls; these would still start a line, or move a terminal's cursor

const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g

/** The event with control characters written as `\u….`, so that a log line stays one line in any viewer. */
function printable(event: object): object {
  return Object.fromEntries(
    Object.entries(event).map(([name, value]: [string, unknown]) => [
      name,
      typeof value === 'string' ? value.replace(unprintable, escapeCharacter) : value,
    ]),
  )
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
