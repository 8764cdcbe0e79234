// A service's state as one JSON file: read at start, replaced whole after each change. Enough for an example's few
// kilobytes; never for more.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

export interface KeptState<T> {
  readonly value: T
  readonly save: () => void
}

export function keptState<T>(file: string, empty: T): KeptState<T> {
  mkdirSync(dirname(file), { recursive: true })
  const value = (read(file) as T | undefined) ?? empty
  return {
    value,
    save: () => {
      writeFileSync(`${file}.new`, JSON.stringify(value))
      renameSync(`${file}.new`, file)
    },
  }
}

function read(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw thrown
  }
}
