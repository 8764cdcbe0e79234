// Cuts a text at any places, as a network may: for readers that must not care.

/** The pieces of `text` between the places `cuts` (those past its end count as none). */
export function cutAt(text: string, cuts: readonly number[]): readonly string[] {
  const places = [...new Set(cuts)].filter((at) => at > 0 && at < text.length).sort((a, b) => a - b)
  return [...places, text.length].map((to, at) => text.slice(places[at - 1] ?? 0, to))
}
