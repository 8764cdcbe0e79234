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

/** What a recording knows before there is anything to record. */
export interface RecordBasis {
  readonly id: ExchangeId
  readonly startedAt: Micros
}

export interface RecordState {
  readonly phase: ExchangeRecord['phase']
  readonly outcome: Outcome
  readonly error: string | null
  readonly traceId: string | null
  readonly requestBytes: number
  /** null where no response head was sent */
  readonly response: AnsweredHead | null
  readonly responseBytes: number
  readonly headAt: Micros | null
}

export class RecordMaker {
  private readonly parts: ExchangeRequest
  private readonly basis: RecordBasis
  private readonly redactor: HeadRedactor
  private readonly clock: Clock
  private readonly claim: IdentityClaim | null
  private readonly fields: RawFields
  private readonly target: string
  private readonly peer: string

  constructor(parts: ExchangeRequest, basis: RecordBasis, { redactor, clock, trust }: ExchangeContext) {
    const { fields, query } = parts.head
    this.parts = parts
    this.basis = basis
    this.redactor = redactor
    this.clock = clock
    this.claim = identityClaimOf(fields, query)
    this.fields = redactor.fields(fields)
    this.target = redactor.target(parts.path + query)
    this.peer = clientAddress(fields, parts.stream.hop.peer, trust)
  }

  make(state: RecordState): ExchangeRecord {
    const { basis } = this
    const { route, head } = this.parts
    return {
      kind: 'exchange',
      id: basis.id,
      phase: state.phase,
      route: route.name,
      service: route.service.name,
      serviceKind: route.service.kind,
      mode: route.mode,
      tenant: route.tenant,
      peer: this.peer,
      claim: this.claim,
      traceId: state.traceId,
      references: head.references,
      request: {
        method: head.method,
        target: this.target,
        authority: head.authority,
        fields: this.fields,
        lines: this.fields === head.fields ? head.lines : undefined,
        bytes: state.requestBytes,
      },
      response: this.responseOf(state),
      startedAt: basis.startedAt,
      headAt: state.headAt,
      endedAt: this.clock.now(),
      outcome: state.outcome,
      error: state.error,
      gatherers: route.gatherers,
    }
  }

  private responseOf({ response, responseBytes }: RecordState): ExchangeRecord['response'] {
    if (response === null) return null
    const fields = this.redactor.fields(response.fields)
    const lines = fields === response.fields ? response.lines : undefined
    return { status: response.status, fields, lines, bytes: responseBytes }
  }
}
