// The one table of errors. Every code has a page in docs/errors.md (a test compares both, in both directions).
// Expected outcomes are values; these are for what the caller cannot be expected to handle.

interface ErrorKind {
  /** HTTP status where it becomes an answer */
  readonly status: number
  /** whether the same request may succeed later without a change */
  readonly retryable: boolean
  /** `{name}` is replaced by the detail of that name */
  readonly text: string
  /** what to do about it */
  readonly hint: string
}

export const errorTable = {
  WB_NO_ROUTE: {
    status: 404,
    retryable: false,
    text: 'no route matches {method} {path}',
    hint: 'Run `waybill explain {method} {path}` to see why each route does not match.',
  },
  WB_BAD_REQUEST: {
    status: 400,
    retryable: false,
    text: 'the request is malformed: {reason}',
    hint: 'The gateway refuses what two parties could read differently; correct the request.',
  },
  WB_AMBIGUOUS_PATH: {
    status: 400,
    retryable: false,
    text: 'the path is ambiguous: {reason}',
    hint: 'Send the normalized path, or set `path: opaque` on the service if its keys need raw paths.',
  },
  WB_FIELDS_TOO_LARGE: {
    status: 431,
    retryable: false,
    text: 'the header section is too large: {reason}',
    hint: 'Send fewer or smaller fields.',
  },
  WB_METHOD_REFUSED: {
    status: 405,
    retryable: false,
    text: 'the gateway does not forward {method}',
    hint: 'TRACE is never forwarded, CONNECT only to configured services.',
  },
  WB_EXPECTATION_FAILED: {
    status: 417,
    retryable: false,
    text: 'unknown expectation {expectation}',
    hint: 'Only `100-continue` is defined (RFC 9110 section 10.1.1).',
  },
  WB_REQUEST_TIMEOUT: {
    status: 408,
    retryable: true,
    text: 'the request did not arrive in time',
    hint: 'Send the whole head and body within the listener’s time-outs.',
  },
  WB_LOOP_DETECTED: {
    status: 508,
    retryable: false,
    text: 'the request has come through {passes} gateways named {name} already',
    hint: 'The `url` of a service leads back to this gateway, perhaps by way of another proxy. Gateways in so long a row need names of their own (`via`).',
  },
  WB_UPSTREAM_REFUSED: {
    status: 502,
    retryable: true,
    text: 'service {service}: connection to {url} failed: {reason}',
    hint: 'Check that the service is up and its `url` is right (`waybill doctor`).',
  },
  WB_UPSTREAM_RESET: {
    status: 502,
    retryable: true,
    text: 'service {service} broke the connection: {reason}',
    hint: 'The request may have taken effect at the service; look at its logs.',
  },
  WB_UPSTREAM_INVALID: {
    status: 502,
    retryable: false,
    text: 'service {service} sent an invalid answer: {reason}',
    hint: 'The service broke HTTP framing; its answer is not passed on.',
  },
  WB_UPSTREAM_CONNECT_TIMEOUT: {
    status: 504,
    retryable: true,
    text: 'service {service}: no connection within {afterMs} ms',
    hint: 'Check the service’s address and load, or raise `timeouts.connect`.',
  },
  WB_UPSTREAM_TIMEOUT: {
    status: 504,
    retryable: true,
    text: 'service {service} did not answer within {afterMs} ms',
    hint: 'The request may have taken effect. Raise `timeouts.head` or `timeouts.idle` if the service is that slow.',
  },
  WB_DRAINING: {
    status: 503,
    retryable: true,
    text: 'the gateway is shutting down',
    hint: 'Try again after Retry-After.',
  },
  WB_OVERLOADED: {
    status: 503,
    retryable: true,
    text: 'the gateway is at its limit: {reason}',
    hint: 'Try again after Retry-After, or raise the limit that the text names.',
  },
  WB_RECORD_UNAVAILABLE: {
    status: 503,
    retryable: true,
    text: 'route {route} requires recording and the ledger cannot be written: {reason}',
    hint: 'Nothing was sent upstream. Free disk space or repair the data folder (`waybill doctor`).',
  },
  WB_RECORD_FAILED: {
    status: 500,
    retryable: false,
    text: 'exchange {exchange} could not be recorded: {reason}. The request may have taken effect at the service.',
    hint: 'Do not repeat it blindly; look at the service’s state first.',
  },
  WB_GRAPH_UNAVAILABLE: {
    status: 503,
    retryable: true,
    text: 'the graph cannot be asked now: {reason}',
    hint: 'Recording goes on and nothing is lost: the graph is started again and brought up to the ledger. Try again; see `/readyz`.',
  },
  WB_CONFIG_INVALID: {
    status: 400,
    retryable: false,
    text: 'the configuration has {count} error(s)',
    hint: 'Run `waybill check` for every error with its place.',
  },
  WB_NODE_NOT_FOUND: {
    status: 404,
    retryable: false,
    text: 'no node or exchange {id}{when}',
    // near matches, or how nodes and exchanges are written
    hint: '{hint}',
  },
  WB_BAD_QUERY: {
    status: 400,
    retryable: false,
    text: '{reason}',
    hint: 'See the API’s page at /docs.',
  },
  WB_FOREIGN_ORIGIN: {
    status: 403,
    retryable: false,
    text: 'the control plane refuses {field} {value}',
    hint: 'Reach it as 127.0.0.1 or localhost, or list the name under `control.hosts`.',
  },
  WB_DATA_FOLDER: {
    status: 500,
    retryable: false,
    text: 'data folder {path}: {reason}',
    hint: 'Run `waybill doctor`.',
  },
  WB_UNAUTHORIZED: {
    status: 401,
    retryable: false,
    text: 'the control plane needs its token',
    hint: 'Send `Authorization: Bearer …` with the secret that `control.token` names (CLI: set WAYBILL_TOKEN).',
  },
  WB_NO_OPERATION: {
    status: 404,
    retryable: false,
    text: 'the control API has no {method} {path}',
    hint: 'See the API’s page at /docs, or /openapi.json. In a path, a node’s slashes are written %2F.',
  },
  WB_METHOD_NOT_ALLOWED: {
    status: 405,
    retryable: false,
    text: 'the control API has no {method} at {path}, but {allow}',
    hint: 'See the API’s page at /docs, or /openapi.json.',
  },
  WB_CONTROL_UNREACHABLE: {
    status: 502,
    retryable: true,
    text: 'no control plane at {url}',
    hint: 'Start one with `waybill start`, or name another with --url. Commands that only read also take a data folder (--data).',
  },
  WB_INTERNAL: {
    status: 500,
    retryable: false,
    text: 'internal error: {reason}',
    hint: 'This is a bug in Waybill; please report it with the log line.',
  },
} as const satisfies Record<string, ErrorKind>

export type ErrorCode = keyof typeof errorTable
export type ErrorDetails = Readonly<Record<string, string | number>>

export class WaybillError extends Error {
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, details: ErrorDetails = {}, cause?: unknown) {
    super(fill(errorTable[code].text, details), cause === undefined ? undefined : { cause })
    this.name = 'WaybillError'
    this.code = code
    this.details = details
  }

  get status(): number {
    return errorTable[this.code].status
  }

  get hint(): string {
    return fill(errorTable[this.code].hint, this.details)
  }

  get retryable(): boolean {
    return errorTable[this.code].retryable
  }
}

/** RFC 9457 problem details, with `code` and `hint` as extension members. */
export function problemOf(error: WaybillError, instance?: string): Record<string, unknown> {
  return {
    type: `https://waybill.dev/errors#${error.code.toLowerCase()}`,
    title: error.code,
    status: error.status,
    detail: error.message,
    ...(instance === undefined ? {} : { instance }),
    code: error.code,
    hint: error.hint,
  }
}

/** Any thrown value as a WaybillError; what is not one becomes WB_INTERNAL with it as cause. */
export function asWaybillError(thrown: unknown): WaybillError {
  if (thrown instanceof WaybillError) return thrown
  return new WaybillError('WB_INTERNAL', { reason: thrown instanceof Error ? thrown.message : String(thrown) }, thrown)
}

function fill(template: string, details: ErrorDetails): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(details[name] ?? whole))
}
