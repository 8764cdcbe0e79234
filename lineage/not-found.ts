// The error for a node or an exchange that is not there, and what the asker may have meant. Never says that something is there
// which the asker may not read.
import { toIso } from '../core/clock.js'
import { WaybillError } from '../core/errors.js'
import { parseExchangeId, type NodeId } from '../core/ids.js'
import type { TenantScope } from '../core/tenant.js'
import { meantBy } from './model/node-id.js'
import type { AsOf, GraphReader, LedgerReader, StoredExchange } from './ports.js'

const signs = '`%` and `@` of a name are written `%25` and `%40`'
const shapes =
  `A node is \`type:name[@version]\` (${signs}), an exchange the 32 digits of a \`Waybill-Exchange\` field. ` +
  '`waybill entity list` (GET /v1/entities) shows what there is.'

export async function notFound(
  node: string,
  when: AsOf,
  scope: TenantScope,
  graph: GraphReader,
): Promise<WaybillError> {
  const then = whenText(when)
  if (then !== '' && (await graph.node(node as NodeId, scope, {})) !== undefined) {
    const hint = 'It is there at a later time: leave the time out, or give a later one.'
    return new WaybillError('WB_NODE_NOT_FOUND', { id: node, when: then, hint })
  }
  const near = await graph.near(node, 5, scope)
  const rule = meantBy(node).some((id) => near.includes(id)) ? `. In ids ${signs}.` : ''
  const hint = near.length === 0 ? shapes : `Near matches: ${near.join(', ')}${rule}`
  return new WaybillError('WB_NODE_NOT_FOUND', { id: node, when: then, hint })
}

/** Of an exchange nothing resembles another. */
export function exchangeNotFound(id: string): WaybillError {
  return new WaybillError('WB_NODE_NOT_FOUND', { id, when: '', hint: shapes })
}

/** The exchange of that id; throws WB_NODE_NOT_FOUND where there is none, or `id` can be none. */
export async function exchangeNamed(id: string, scope: TenantScope, ledger: LedgerReader): Promise<StoredExchange> {
  const known = parseExchangeId(id)
  const found = known === undefined ? undefined : await ledger.exchange(known, scope)
  if (found === undefined) throw exchangeNotFound(id)
  return found
}

function whenText({ asOf, knownAt }: AsOf): string {
  const happened = asOf === undefined ? '' : ` as of ${toIso(asOf)}`
  return knownAt === undefined ? happened : `${happened} as known at ${toIso(knownAt)}`
}
