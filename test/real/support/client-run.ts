// What a run of a real client gives, directly or through the gateway, whichever service it is for.
import type { TestWaybill } from '../../support/waybill.js'
import type { SeenExchange } from './front.js'

/** What a client prints: `got` is the same in every run, `ids` are not. */
export interface ClientAnswer {
  readonly got: Readonly<Record<string, unknown>>
  readonly ids: Readonly<Record<string, string>>
}

export interface ClientRun {
  readonly answer: ClientAnswer
  /** as the client saw it */
  readonly outside: readonly SeenExchange[]
  /** as the services saw it */
  readonly inside: readonly SeenExchange[]
  readonly waybill: TestWaybill | undefined
}

/** Fields that differ between any two runs of a client of AWS, gateway or not. */
export const volatileFields = [
  'date',
  'last-modified',
  'x-amzn-requestid',
  'x-amz-date',
  'authorization',
  'amz-sdk-invocation-id',
  'amz-sdk-request',
  'host',
]

/** GET of the control API of the run's gateway. */
export function asked<T>({ waybill }: ClientRun, path: string): Promise<T> {
  if (waybill === undefined) throw new Error('this run has no gateway')
  return waybill.query<T>(`/v1/${path}`)
}
