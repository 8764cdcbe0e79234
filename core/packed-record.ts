// An exchange record on its way between threads: one string of lines, which the proxy thread makes in a tenth of the time that
// its JSON takes. What is the same for all exchanges of a route is one line. Never stored, never sent to anybody else.
import { microsText } from './clock.js'
import type { ExchangeRecord, IdentityClaim, Outcome } from './exchange.js'
import type { ExchangeId, Micros } from './ids.js'

export type PackRecord = (record: ExchangeRecord) => string
export type UnpackRecord = (text: string) => ExchangeRecord

/** What a route gives to the record of each of its exchanges. */
type Standing = Pick<ExchangeRecord, 'gatherers' | 'mode' | 'route' | 'service' | 'serviceKind' | 'tenant'>

/** Routes that a packer or unpacker remembers; a configuration has fewer. */
const rememberedAtMost = 1_000
/** Lines of a record without header fields. */
const fixedLines = 19

/**
 * No text of the record may hold a line feed but those of its route and its claim: fields, targets and authorities that passed
 * the gateway hold none (RFC 9110 section 5.5, RFC 9112 section 3.2).
 */
export function createRecordPacker(): PackRecord {
  const routes = new Map<string, { readonly standing: Standing; readonly json: string }>()
  const standingOf = (record: ExchangeRecord): string => {
    const known = routes.get(record.route)
    if (known !== undefined && isOf(record, known.standing)) return known.json
    const { gatherers, mode, route, service, serviceKind, tenant } = record
    const standing = { gatherers, mode, route, service, serviceKind, tenant }
    if (routes.size >= rememberedAtMost) routes.clear()
    const json = JSON.stringify(standing)
    routes.set(route, { standing, json })
    return json
  }
  return (record) => {
    const { claim, error, headAt, references, request, response, startedAt, traceId } = record
    // Differences of times are small numbers: their text costs a fraction of that of a whole time.
    let text = `${record.id}
${standingOf(record)}
${record.phase}
${record.outcome}
${error ?? ''}
${record.peer}
${claim === null ? 'null' : JSON.stringify(claim)}
${traceId ?? ''}
${references.length === 0 ? '' : references.join(' ')}
${microsText(startedAt)}
${headAt === null ? '' : headAt - startedAt}
${record.endedAt - startedAt}
${request.method}
${request.target}
${request.authority}
${request.bytes}
${response === null ? '' : response.status}
${response === null ? '' : response.bytes}
${request.fields.length}`
    for (const part of request.fields) text += `\n${part}`
    if (response !== null) for (const part of response.fields) text += `\n${part}`
    return text
  }
}

/** Whether what begins with this character is a packed record and not the JSON of a leaf. */
export function isPackedRecord(first: number): boolean {
  return first !== 0x7b /* { */
}

/** Throws RangeError on what no packer made. */
export function createRecordUnpacker(): UnpackRecord {
  const routes = new Map<string, Standing>()
  const standingOf = (json: string): Standing => {
    const known = routes.get(json)
    if (known !== undefined) return known
    if (routes.size >= rememberedAtMost) routes.clear()
    const standing = JSON.parse(json) as Standing
    routes.set(json, standing)
    return standing
  }
  return (text) => {
    const lines = text.split('\n')
    const part = (index: number): string => lines[index] ?? ''
    const middle = fixedLines + Number(lines[fixedLines - 1])
    const answered = part(place.status) !== ''
    if (!(answered ? middle <= lines.length : middle === lines.length)) throw new RangeError('not a packed record')
    const { gatherers, mode, route, service, serviceKind, tenant } = standingOf(part(place.standing))
    const startedAt = Number(part(place.startedAt)) as Micros
    return {
      kind: 'exchange',
      id: part(place.id) as ExchangeId,
      phase: part(place.phase) as ExchangeRecord['phase'],
      route,
      service,
      serviceKind,
      mode,
      tenant,
      peer: part(place.peer),
      claim: JSON.parse(part(place.claim)) as IdentityClaim | null,
      traceId: orNull(part(place.traceId)),
      references: part(place.references) === '' ? [] : (part(place.references).split(' ') as ExchangeId[]),
      request: {
        method: part(place.method),
        target: part(place.target),
        authority: part(place.authority),
        fields: lines.slice(fixedLines, middle),
        bytes: Number(part(place.requestBytes)),
      },
      response: answered
        ? {
            status: Number(part(place.status)),
            fields: lines.slice(middle),
            bytes: Number(part(place.responseBytes)),
          }
        : null,
      startedAt,
      headAt: part(place.headAt) === '' ? null : ((startedAt + Number(part(place.headAt))) as Micros),
      endedAt: (startedAt + Number(part(place.endedAt))) as Micros,
      outcome: part(place.outcome) as Outcome,
      error: orNull(part(place.error)),
      gatherers,
    }
  }
}

/** The lines, as the packer writes them; the number of request fields' texts is the last of them, then come the fields. */
const place = {
  id: 0,
  standing: 1,
  phase: 2,
  outcome: 3,
  error: 4,
  peer: 5,
  claim: 6,
  traceId: 7,
  references: 8,
  startedAt: 9,
  headAt: 10,
  endedAt: 11,
  method: 12,
  target: 13,
  authority: 14,
  requestBytes: 15,
  status: 16,
  responseBytes: 17,
} as const

function orNull(text: string): string | null {
  return text === '' ? null : text
}

function isOf(record: ExchangeRecord, known: Standing): boolean {
  return (
    record.gatherers === known.gatherers &&
    record.tenant === known.tenant &&
    record.mode === known.mode &&
    record.service === known.service &&
    record.serviceKind === known.serviceKind
  )
}
