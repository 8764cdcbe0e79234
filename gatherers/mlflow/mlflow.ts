// The `mlflow` gatherer: runs, data sets, models, versions, aliases and artifacts, from the REST and artifact APIs of a
// tracking server (MLflow 2 and 3). Never believes what no answer confirms.
import { fieldOf, type ExchangeRecord } from '../../core/exchange.js'
import { agentOf } from '../caller.js'
import { answeredWith, confirmationOf, unanswered } from '../confirmation.js'
import type {
  AnyGatherer,
  CompileContext,
  CompiledGatherer,
  Gathered,
  Gatherer,
  ObservedExchange,
} from '../contract.js'
import { bytesOf } from '../sizes.js'
import { addressOf } from './address.js'
import { namesOf, type Names } from './names.js'
import { artifactOperationOf, operationOf } from './operations.js'
import { type MlflowOptions, mlflowOptions } from './options.js'
import { add, ofActivity, type Reading } from './reading.js'

const mlflow: Gatherer<MlflowOptions> = {
  name: 'mlflow',
  version: '6',
  doc: 'Reads runs, data sets, models, registered versions, aliases and artifacts from exchanges with an MLflow tracking server.',
  options: mlflowOptions,
  compile,
}

export const mlflowGatherer: AnyGatherer = mlflow

const notOfMlflow = 'the path is not of MLflow’s API'

function compile(options: MlflowOptions, context: CompileContext): CompiledGatherer {
  const server = options.name ?? context.service.name
  const needs = { bytes: bytesOf(options.bodies), digests: options.digest ? (['sha256'] as const) : [] }
  return {
    needs: { request: needs, response: needs },
    applies: (_method, path) =>
      addressOf(path) === undefined ? { yes: false, reason: notOfMlflow } : { yes: true, reason: 'MLflow’s API' },
    gather: (exchange) => gather(exchange, namesOf(server, workspaceOf(exchange.record))),
  }
}

/** The client says in every request which workspace it means; those of `default` are as in a server without workspaces. */
function workspaceOf({ request }: ExchangeRecord): string | undefined {
  const workspace = fieldOf(request.fields, 'x-mlflow-workspace')
  return workspace === '' || workspace === 'default' ? undefined : workspace
}

function gather(exchange: ObservedExchange, names: Names): Gathered {
  const { record } = exchange
  const address = addressOf(record.request.target)
  if (address === undefined) return { facts: [], gaps: [], silent: notOfMlflow }
  const call = { type: 'service-call', id: record.id }
  const at = record.headAt ?? record.endedAt
  const reading: Reading = { exchange, address, names, call, at, facts: [], gaps: [] }
  const find = address.api === 'mlflow' ? operationOf : artifactOperationOf
  const operation = find(record.request.method, address.operation)
  const status = record.response?.status ?? 0
  switch (confirmationOf(record)) {
    case 'unknown':
      if (operation !== undefined && record.request.method !== 'GET') {
        reading.gaps.push({ reason: 'version-unknown', about: `${record.request.method} ${address.operation}` })
      }
      break
    case 'confirmed':
      if (status < 300) operation?.(reading)
      break
    case 'refused':
      break
  }
  if (reading.facts.some((fact) => Object.values(fact).includes(call))) attributeCall(reading)
  return told(reading, operation === undefined)
}

function told({ facts, gaps, exchange, address }: Reading, unread: boolean): Gathered {
  if (facts.length > 0 || gaps.length > 0) return { facts, gaps }
  const { record } = exchange
  const confirmation = confirmationOf(record)
  const status = record.response?.status ?? 0
  if (unread) return { facts, gaps, silent: `nothing is read off ${address.operation}` }
  if (confirmation !== 'confirmed') return { facts, gaps, silent: unanswered(confirmation) }
  return { facts, gaps, silent: status < 300 ? 'it looked and found nothing' : answeredWith(status) }
}

function attributeCall(reading: Reading): void {
  const caller = agentOf(reading.exchange.record)
  if (caller === undefined) return
  add(reading, { kind: 'attributed-to', subject: ofActivity(reading.call), agent: caller.agent, by: caller.by })
}
