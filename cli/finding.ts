// One thing that `waybill doctor` looked at, and how it is.

export interface Finding {
  readonly subject: string
  readonly verdict: 'ok' | 'warning' | 'failure'
  readonly detail: string
}
