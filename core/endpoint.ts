// An operation of the control API as a value: rooms export arrays of these, control/ mounts them and derives OpenAPI.
import { z } from 'zod'
import { fromIso } from './clock.js'
import type { TenantScope } from './tenant.js'

export interface EndpointContext {
  readonly scope: TenantScope
}

export interface EndpointInput<P, Q, B> {
  readonly params: P
  readonly query: Q
  readonly body: B
}

export interface Endpoint<P = unknown, Q = unknown, B = unknown, R = unknown> {
  readonly method: 'GET' | 'POST'
  /** OpenAPI path template, e.g. `/v1/custody/{node}` */
  readonly path: string
  readonly operationId: string
  readonly summary: string
  /** the room's name */
  readonly tag: string
  readonly params: z.ZodType<P>
  readonly query: z.ZodType<Q>
  readonly body?: z.ZodType<B>
  readonly response: z.ZodType<R>
  handle(input: EndpointInput<P, Q, B>, context: EndpointContext): Promise<R>
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- erased once, after the schemas have tied the types together
export type AnyEndpoint = Endpoint<any, any, any, any>

/** Ties handler and schemas together by inference. */
export function defineEndpoint<P, Q, B, R>(endpoint: Endpoint<P, Q, B, R>): AnyEndpoint {
  return endpoint
}

/** A time that is asked for, as text. */
export const timeText = z
  .string()
  .refine((text) => fromIso(text) !== undefined, 'expected a time in RFC 3339, no later than 2255')
  .meta({ format: 'date-time' })
