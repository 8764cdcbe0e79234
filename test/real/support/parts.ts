// What a run has started ends with it, however it ends: a server that is left would keep the test runner from ending.

type Part = { close(): Promise<unknown> } | { stop(): Promise<unknown> }

export interface Parts {
  /** A part that ends when the run ends; the last one first. */
  readonly own: <P extends Part>(part: P) => P
  /** A part that ends where the run fails; else it is for who asked for the run to end it. */
  readonly give: <P extends Part>(part: P) => P
}

export async function withParts<T>(run: (parts: Parts) => Promise<T>): Promise<T> {
  const own: Part[] = []
  const given = new Set<Part>()
  const keep = <P extends Part>(part: P): P => {
    own.push(part)
    return part
  }
  const give = <P extends Part>(part: P): P => {
    given.add(part)
    return keep(part)
  }
  try {
    const result = await run({ own: keep, give })
    for (const part of given) own.splice(own.indexOf(part), 1)
    return result
  } finally {
    for (const part of own.reverse()) await ('close' in part ? part.close() : part.stop())
  }
}
