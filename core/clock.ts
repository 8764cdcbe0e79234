// Time as Waybill keeps it: whole microseconds since the epoch. Rooms receive a Clock; only tests make other ones.
import type { Micros } from './ids.js'

export interface Clock {
  now(): Micros
}

const { timeOrigin } = performance

export const systemClock: Clock = {
  now: () => Math.round((timeOrigin + performance.now()) * 1000) as Micros,
}

const digits = Array.from({ length: 1000 }, (_, value) => String(value).padStart(3, '0'))
let second = { at: -1, text: '' }

/** As `String(time)` has it, for times near one another in a fifth of the time: V8 has to look for the digits of numbers beyond 31 bits. */
export function microsText(time: Micros): string {
  const at = Math.floor(time / 1_000_000)
  if (at < 1 || !Number.isSafeInteger(time)) return String(time)
  if (at !== second.at) second = { at, text: String(at) }
  const rest = time - at * 1_000_000
  const millis = Math.floor(rest / 1000)
  return second.text + (digits[millis] ?? '') + (digits[rest - millis * 1000] ?? '')
}

/** RFC 3339 in UTC with six fractional digits. */
export function toIso(time: Micros): string {
  const millis = Math.floor(time / 1000)
  const micros = String(time - millis * 1000).padStart(3, '0')
  return `${new Date(millis).toISOString().slice(0, -1)}${micros}Z`
}

/** Parses RFC 3339, also a date alone (fractions beyond microseconds are cut); undefined where it is no time that can be kept. */
export function fromIso(text: string): Micros | undefined {
  const date = /^(\d{4})-(\d\d)-(\d\d)/.exec(text)
  const millis = Date.parse(text)
  // Date.parse takes the 30th of February for the 1st of March
  if (date === null || Number.isNaN(millis) || Number(date[3]) > daysOf(Number(date[1]), Number(date[2])))
    return undefined
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? ''
  return kept(Math.floor(millis / 1000) * 1_000_000 + Number(fraction.padEnd(6, '0').slice(0, 6)))
}

/** Milliseconds since the epoch, as ML services send them; undefined where that is no time that can be kept. */
export function fromMillis(millis: number): Micros | undefined {
  return kept(Math.round(millis * 1000))
}

/** `micros` where it is a time that can be kept: from 1684 to 2255, where doubles still count single microseconds. */
export function kept(micros: number): Micros | undefined {
  return Math.abs(micros) < Number.MAX_SAFE_INTEGER ? (micros as Micros) : undefined
}

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}
