// Looks over a JSON text before JSON.parse does: how deep, how many members, which numbers a double cannot hold. It assumes
// nothing (JSON.parse decides what is JSON), allocates almost nothing, and is linear in the text.
import type { DecodeLimits } from './decoded.js'

export type JsonScan =
  | {
      readonly ok: true
      /** colons outside strings: the members of all objects, duplicates counted */
      readonly members: number
      /** start, end, start, end, … of the numbers that lose digits as a double */
      readonly wide: readonly number[]
    }
  | { readonly ok: false; readonly about: string }

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const minus = 0x2d

export function scanJson(text: string, limits: DecodeLimits): JsonScan {
  const wide: number[] = []
  let depth = 0
  let members = 0
  let commas = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === quote) at = endOfString(text, at)
    else if (code === colon) members += 1
    else if (code === comma) commas += 1
    else if (code === minus || (code >= 0x30 && code <= 0x39)) {
      const end = endOfNumber(text, at)
      if (losesDigits(text, at, end)) wide.push(at, end)
      at = end - 1
    } else if (code === 0x7b || code === 0x5b) {
      depth += 1
      if (depth > limits.depth) return { ok: false, about: `nested deeper than ${limits.depth} levels` }
    } else if (code === 0x7d || code === 0x5d) depth -= 1
  }
  if (members + commas > limits.values) return { ok: false, about: `more than ${limits.values} values` }
  return { ok: true, members, wide }
}

/** Index of the closing quote; the text's length where there is none. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end > 0 && text.charCodeAt(end - 1) === backslash && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end < 0 ? text.length : end
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0
  while (text.charCodeAt(at - 1 - backslashes) === backslash) backslashes += 1
  return backslashes % 2 === 1
}

function endOfNumber(text: string, start: number): number {
  let end = start + 1
  for (; end < text.length; end += 1) {
    const code = text.charCodeAt(end)
    const part =
      (code >= 0x30 && code <= 0x39) || code === 0x2e || code === 0x2b || code === minus || (code | 32) === 0x65
    if (!part) break
  }
  return end
}

const number = /^-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

function losesDigits(text: string, start: number, end: number): boolean {
  // fifteen digits always fit; an exponent can pass the largest double only with three digits of its own
  if (end - start < 5) return false
  const token = text.slice(start, end)
  if (end - start <= 15 && !/[eE]/.test(token)) return false
  const parts = number.exec(token)
  // what is no number is left to JSON.parse to refuse
  if (parts === null) return false
  const value = Number(token)
  return parts[1] === undefined && parts[2] === undefined ? !Number.isSafeInteger(value) : !Number.isFinite(value)
}
