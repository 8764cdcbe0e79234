// What a run has started ends with it, however it ends: a server that is left would keep the test runner from ending.

type Part = { close(): Promise<unknown> } | { stop(): Promise<unknown> }

export interface Parts {
  /** A part that ends when the run ends; the last one first. */
  readonly own: <P extends Part>(part: P) => P
  /** A part that ends where the run fails; else it is for who asked for the run to end it. */
  readonly give: <P extends Part>(part: P) => P
}

/** Rejects with the first thing that went wrong, in the run or in ending one of its parts; the others are ended all the same. */
export async function withParts<T>(run: (parts: Parts) => Promise<T>): Promise<T> {
  const [own, given]: [Part[], Part[]] = [[], []]
  const failures: unknown[] = []
  const keep =
    (parts: Part[]) =>
    <P extends Part>(part: P): P => {
      parts.unshift(part)
      return part
    }
  const endAll = async (parts: readonly Part[]): Promise<void> => {
    for (const part of parts) {
      try {
        await ('close' in part ? part.close() : part.stop())
      } catch (thrown) {
        failures.push(thrown)
      }
    }
  }
  let result: T | undefined
  try {
    result = await run({ own: keep(own), give: keep(given) })
  } catch (thrown) {
    failures.push(thrown)
  }
  await endAll(own)
  if (failures.length === 0) return result as T
  await endAll(given)
  throw failures[0] instanceof Error ? failures[0] : new Error(String(failures[0]))
}
