// What a run of a real client gives, directly or through the gateway, whichever service it is for.
import { expect } from 'chai'
import type { Subgraph } from '../../../lineage/ports.js'
import type { TestWaybill } from '../../support/waybill.js'
import { addedToAnswers, differences, runLines, sideLines, type Volatile } from './comparison.js'
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

/** The client saw the same through the gateway as directly, but for what is volatile. */
export function expectSameSeen(direct: ClientRun, through: ClientRun, volatile: Volatile): void {
  const [one, other] = [runLines(direct.outside, volatile, []), runLines(through.outside, volatile, addedToAnswers)]
  expect(differences(one, other).join('\n')).to.equal('')
}

/** Every byte and every field passed the gateway in both directions, but for the named ones. */
export function expectAllPassed({ outside, inside }: ClientRun): void {
  expect(differences(sideLines(outside), sideLines(inside)).join('\n')).to.equal('')
}

/** Its edges as `from kind to`. */
export function linesOf({ edges }: Pick<Subgraph, 'edges'>): string[] {
  return edges.map(({ from, kind, to }) => `${from} ${kind} ${to}`)
}
