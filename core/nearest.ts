// Finds what somebody probably meant: the nearest of some valid words by edit distance. Pure.

/** The word nearest to `text`, or undefined where none is near enough to be a guess worth making. */
export function nearest(text: string, words: readonly string[]): string | undefined {
  const wanted = plain(text)
  let best: string | undefined
  let least = Math.max(2, Math.floor(text.length / 3)) + 1
  for (const word of words) {
    const candidate = plain(word)
    const distance = candidate === wanted ? 0 : editDistance(wanted, candidate)
    if (distance < least && distance < Math.max(wanted.length, candidate.length)) {
      best = word
      least = distance
    }
  }
  return best
}

function plain(text: string): string {
  return text.toLowerCase().replace(/[-_ ]/g, '')
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
export function editDistance(from: string, to: string): number {
  let before: number[] = []
  let above = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row += 1) {
    const line = [row]
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1]
      let cost = Math.min(at(above, column) + 1, at(line, column - 1) + 1, at(above, column - 1) + (same ? 0 : 1))
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      if (swapped) cost = Math.min(cost, at(before, column - 2) + 1)
      line.push(cost)
    }
    before = above
    above = line
  }
  return at(above, to.length)
}

function at(line: readonly number[], column: number): number {
  return line[column] ?? Number.POSITIVE_INFINITY
}
