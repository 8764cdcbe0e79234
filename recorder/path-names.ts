// Tells by a search in a JSON text that a path can meet nothing in it, so that it need not be followed. Says "may meet" in
// every case of doubt: a secret is never overlooked for speed.
import { jsonpath, type JSONPathQuery } from 'json-p3'

/** Whether the path may meet something in a JSON text. */
export type MayMeet = (text: string) => boolean

/** Names that JSON can write in one way only, but for `\u` escapes. */
const plainName = /^[\x20-\x7e]+$/
const escapable = /["\\/]/

export function mayMeetOf(query: JSONPathQuery): MayMeet {
  const names = query.segments.map(({ selectors }) => namesOf(selectors)).findLast((found) => found !== undefined)
  if (names === undefined) return () => true
  const quoted = names.map((name) => `"${name}"`)
  return (text) => quoted.some((name) => text.includes(name)) || text.includes('\\u')
}

/** One of these is in every text that the segment meets something in; undefined where that can't be said. */
function namesOf(selectors: JSONPathQuery['segments'][number]['selectors']): readonly string[] | undefined {
  const names: string[] = []
  for (const selector of selectors) {
    if (!(selector instanceof jsonpath.selectors.NameSelector)) return undefined
    if (!plainName.test(selector.name) || escapable.test(selector.name)) return undefined
    names.push(selector.name)
  }
  return names
}
