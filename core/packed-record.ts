// An exchange record on its way between threads: one string of lines, which the proxy thread makes in a tenth of the time that
// its JSON takes. What is the same for all exchanges of a route is one line; fields are the lines in which they came, so that
// nothing puts them together again; the first line is what the record is called (`recordId`). The commit log keeps it until it is
// filed; it is sent to nobody else.
import { microsText } from './clock.js'
import { recordId, type ExchangeRecord, type IdentityClaim, type Outcome, type RawFields } from './exchange.js'
import { fieldLines, readFieldLines } from './field-lines.js'
import type { ExchangeId, Micros } from './ids.js'

export type PackRecord = (record: ExchangeRecord) => string
export type UnpackRecord = (text: string) => ExchangeRecord

/** What a route gives to the record of each of its exchanges. */
type Standing = Pick<ExchangeRecord, 'gatherers' | 'mode' | 'route' | 'service' | 'serviceKind' | 'tenant'>

interface RouteText {
  readonly standing: Standing
  /** with the usual state of a record, made once */
  readonly usual: string
}

/** Of an exchange that is whole: nearly all are. */
const usualState = { phase: 'closing', outcome: 'complete', error: null } as const

/** Routes that a packer or unpacker remembers; a configuration has fewer. */
const rememberedAtMost = 1_000
/** The exchange's id in what its records are called. */
const idFrom = 'x/'.length
const idDigits = 32

/**
 * No text of the record may hold a line feed but those of its route and its claim: fields, targets and authorities that passed
 * the gateway hold none (RFC 9110 section 5.5, RFC 9112 section 3.2).
 */
export function createRecordPacker(): PackRecord {
  const routes = new Map<string, RouteText>()
  let last: RouteText | undefined
  const routeText = (record: ExchangeRecord): RouteText => {
    if (last !== undefined && isOf(record, last.standing)) return last
    last = routes.get(record.route)
    if (last !== undefined && isOf(record, last.standing)) return last
    if (routes.size >= rememberedAtMost) routes.clear()
    last = routeTextOf(record)
    routes.set(record.route, last)
    return last
  }
  return (record) => {
    const { claim, error, headAt, references, request, response, startedAt, traceId } = record
    const { standing, usual } = routeText(record)
    const isUsual = record.phase === usualState.phase && record.outcome === usualState.outcome && error === null
    const requestLines = linesOf(request)
    // Differences of times are small numbers: their text costs a fraction of that of a whole time.
    const fixed = `${recordId(record)}
${isUsual ? usual : stateText(standing, record)}${record.peer}
${claim === null ? '' : JSON.stringify(claim)}
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
${requestLines.length}
${requestLines}`
    return response === null ? fixed : fixed + linesOf(response)
  }
}

/** What follows the first line. */
function stateText(
  standing: Standing,
  { phase, outcome, error }: Pick<ExchangeRecord, 'phase' | 'outcome' | 'error'>,
): string {
  return `${JSON.stringify(standing)}\n${phase}\n${outcome}\n${error ?? ''}\n`
}

/** Its first line. */
export function packedId(text: string): string {
  return text.slice(0, text.indexOf('\n'))
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
    let at = 0
    const next = (): string => {
      const end = text.indexOf('\n', at)
      if (end < 0) throw notPacked()
      const line = text.slice(at, end)
      at = end + 1
      return line
    }
    const id = next().slice(idFrom, idFrom + idDigits) as ExchangeId
    const { gatherers, mode, route, service, serviceKind, tenant } = standingOf(next())
    const [phase, outcome, error, peer] = [next() as ExchangeRecord['phase'], next() as Outcome, next(), next()]
    const [claim, traceId, references] = [next(), next(), next()]
    const startedAt = Number(next()) as Micros
    const [headAfter, endedAfter] = [next(), next()]
    const [method, target, authority, bytes] = [next(), next(), next(), Number(next())]
    const [status, answered] = [next(), next()]
    const middle = Number(next()) + at
    if (!(status === '' ? middle === text.length : middle <= text.length)) throw notPacked()
    return {
      kind: 'exchange',
      ...{ id, phase, route, service, serviceKind, mode, tenant, peer },
      claim: claim === '' ? null : (JSON.parse(claim) as IdentityClaim),
      traceId: orNull(traceId),
      references: references === '' ? [] : (references.split(' ') as ExchangeId[]),
      request: { method, target, authority, fields: fieldsOf(text.slice(at, middle)), bytes },
      response:
        status === ''
          ? null
          : { status: Number(status), fields: fieldsOf(text.slice(middle)), bytes: Number(answered) },
      startedAt,
      headAt: headAfter === '' ? null : ((startedAt + Number(headAfter)) as Micros),
      endedAt: (startedAt + Number(endedAfter)) as Micros,
      ...{ outcome, error: orNull(error), gatherers },
    }
  }
}

function linesOf({ lines, fields }: { readonly lines?: string | undefined; readonly fields: RawFields }): string {
  return lines ?? fieldLines(fields)
}

function orNull(text: string): string | null {
  return text === '' ? null : text
}

function fieldsOf(lines: string): RawFields {
  const fields: string[] = []
  if (readFieldLines(lines, 0, fields) !== undefined) throw notPacked()
  return fields
}

function notPacked(): RangeError {
  return new RangeError('not a packed record')
}

function routeTextOf({ gatherers, mode, route, service, serviceKind, tenant }: ExchangeRecord): RouteText {
  const standing = { gatherers, mode, route, service, serviceKind, tenant }
  return { standing, usual: stateText(standing, usualState) }
}

function isOf(record: ExchangeRecord, known: Standing): boolean {
  return (
    record.route === known.route &&
    record.gatherers === known.gatherers &&
    record.tenant === known.tenant &&
    record.mode === known.mode &&
    record.service === known.service &&
    record.serviceKind === known.serviceKind
  )
}
