// The data set beside this file (data/README.md has source and licence), cut into the batches that the people of the
// scenario upload and label. The last rows stay out of it all, to be asked about.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { exampleFolder } from './folder.js'

export interface Digit {
  readonly pixels: readonly number[]
  /** what it is, by the people who made the data set */
  readonly digit: number
}

export interface Digits {
  readonly batches: readonly (readonly Digit[])[]
  readonly unseen: readonly Digit[]
}

const batchCount = 6
const unseenCount = 27

export function readDigits(): Digits {
  const text = gunzipSync(readFileSync(new URL('data/digits.csv.gz', exampleFolder()))).toString('utf8')
  const rows = text
    .trim()
    .split('\n')
    .map((line) => line.split(',').map(Number))
  const digits = rows.map((row) => ({ pixels: row.slice(0, 64), digit: row[64] ?? 0 }))
  const seen = digits.length - unseenCount
  const size = Math.ceil(seen / batchCount)
  const batches = Array.from({ length: batchCount }, (_, at) =>
    digits.slice(at * size, Math.min((at + 1) * size, seen)),
  )
  return { batches, unseen: digits.slice(seen) }
}
