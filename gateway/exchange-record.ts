// Makes the record of an exchange from what the proxy thread knows of it: heads redacted, the agent read from the
// credentials before that. Never looks into a body.
import type { ExchangeRecord, IdentityClaim, Outcome, RawFields } from '../core/exchange.js'
import type { Clock } from '../core/clock.js'
import { identityClaimOf } from '../core/identity.js'
import type { ExchangeId, Micros } from '../core/ids.js'
import type { HeadRedactor } from '../core/redaction.js'
import type { ExchangeContext } from './exchange-context.js'
import type { ExchangeRequest } from './exchange-request.js'
import { clientAddress } from './heads/forwarded.js'

/** The head of the answer, as received or as the gateway makes it. */
export interface AnsweredHead {
  readonly status: number
  readonly fields: RawFields
  /** the lines of which these were read, where they are at hand */
  readonly lines?: string | undefined
}

/** How far the exchange is. */
export interface Progress {
  readonly outcome: Outcome
  readonly error: string | null
  readonly requestBytes: number
  /** the client has sent all of its body */
  readonly requestWhole: boolean
  readonly responseBytes: number
}

/** What a recording knows, the more the further it is. */
export interface RecordBasis {
  readonly id: ExchangeId
  readonly startedAt: Micros
  readonly traceId: string | null
  /** null where no response head was sent */
  readonly head: AnsweredHead | null
  readonly headAt: Micros | null
}

export class RecordMaker {
  private readonly parts: ExchangeRequest
  private readonly basis: RecordBasis
  private readonly redactor: HeadRedactor
  private readonly clock: Clock
  private readonly claim: IdentityClaim | null
  private readonly asked: KeptFields
  private readonly target: string
  private readonly peer: string

  constructor(parts: ExchangeRequest, basis: RecordBasis, { redactor, clock, trust }: ExchangeContext) {
    const { fields, query } = parts.head
    this.parts = parts
    this.basis = basis
    this.redactor = redactor
    this.clock = clock
    this.claim = identityClaimOf(fields, query)
    this.asked = keptFields(parts.head, redactor)
    this.target = redactor.target(parts.path + query)
    this.peer = clientAddress(fields, parts.stream.hop.peer, trust)
  }

  make(phase: ExchangeRecord['phase'], progress: Progress): ExchangeRecord {
    const { basis } = this
    const { route, head } = this.parts
    return {
      kind: 'exchange',
      id: basis.id,
      phase,
      route: route.name,
      service: route.service.name,
      serviceKind: route.service.kind,
      mode: route.mode,
      tenant: route.tenant,
      peer: this.peer,
      claim: this.claim,
      traceId: basis.traceId,
      references: head.references,
      request: {
        method: head.method,
        target: this.target,
        authority: head.authority,
        fields: this.asked.fields,
        lines: this.asked.lines,
        bytes: progress.requestBytes,
      },
      response: this.responseOf(progress.responseBytes),
      startedAt: basis.startedAt,
      headAt: basis.headAt,
      endedAt: this.clock.now(),
      outcome: progress.outcome,
      error: progress.error,
      gatherers: route.gatherers,
    }
  }

  private responseOf(bytes: number): ExchangeRecord['response'] {
    const { head } = this.basis
    if (head === null) return null
    const { fields, lines } = keptFields(head, this.redactor)
    return { status: head.status, fields, lines, bytes }
  }
}

type KeptFields = Pick<AnsweredHead, 'fields' | 'lines'>

/** Without secrets; the lines only where there are none in them. */
function keptFields({ fields, lines }: KeptFields, redactor: HeadRedactor): KeptFields {
  const kept = redactor.fields(fields)
  return { fields: kept, lines: kept === fields ? lines : undefined }
}
