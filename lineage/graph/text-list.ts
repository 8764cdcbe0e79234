// Texts of a plan by their number, and how much they are.

export interface TextList {
  readonly all: readonly string[]
  /** gives its number */
  push(text: string): number
  characters(): number
}

export function createTextList(): TextList {
  const all: string[] = []
  let characters = 0
  return {
    all,
    characters: () => characters,
    push: (text) => {
      characters += text.length
      return all.push(text) - 1
    },
  }
}
