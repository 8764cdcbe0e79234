// Time as Waybill keeps it: whole microseconds since the epoch. Rooms receive a Clock; only tests make other ones.
import type { Micros } from './ids.js'

export interface Clock {
  now(): Micros
}

export const systemClock: Clock = {
  now: () => Math.round((performance.timeOrigin + performance.now()) * 1000) as Micros,
}

/** RFC 3339 in UTC with six fractional digits. */
export function toIso(time: Micros): string {
  const millis = Math.floor(time / 1000)
  const micros = String(time - millis * 1000).padStart(3, '0')
  return `${new Date(millis).toISOString().slice(0, -1)}${micros}Z`
}

/** Parses RFC 3339 (fractions beyond microseconds are cut); undefined where it is not a time. */
export function fromIso(text: string): Micros | undefined {
  const millis = Date.parse(text)
  if (Number.isNaN(millis)) return undefined
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? ''
  return (Math.floor(millis / 1000) * 1_000_000 + Number(fraction.padEnd(6, '0').slice(0, 6))) as Micros
}

/** Milliseconds since the epoch, as ML services send them, as Micros. */
export function fromMillis(millis: number): Micros {
  return Math.round(millis * 1000) as Micros
}
