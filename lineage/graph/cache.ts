// The ids of what was seen of late, by its text. Forgets as it likes; never grows beyond its bounds.

export interface Cache {
  get(text: string): number | undefined
  set(text: string, id: number): void
  clear(): void
}

/** Keeps the most recently used entries, between `size` and twice that many. */
export function createCache(size: number): Cache {
  let young = new Map<string, number>()
  let old = new Map<string, number>()
  const set = (text: string, id: number): void => {
    if (young.size >= size) {
      old = young
      young = new Map()
    }
    young.set(text, id)
  }
  return {
    get: (text) => {
      const id = young.get(text)
      if (id !== undefined) return id
      const older = old.get(text)
      if (older !== undefined) set(text, older)
      return older
    },
    set,
    clear: () => {
      young = new Map()
      old = new Map()
    },
  }
}
