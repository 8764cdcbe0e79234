// Tells by a search in a text that a path can meet nothing in it, so that it need not be followed, or need not be JSON. Says
// "may" in every case of doubt: a secret is never overlooked for speed.
import { jsonpath, type JSONPathQuery } from 'json-p3'

/** Whether the path may meet something in a JSON text. */
export type MayMeet = (text: string) => boolean

/** Names that JSON can write in one way only, but for `\u` escapes. */
const plainName = /^[\x20-\x7e]+$/
const escapable = /["\\/]/

export function mayMeetOf(query: JSONPathQuery): MayMeet {
  const names = lastNamesOf(query)
  if (names === undefined) return () => true
  const quoted = names.map((name) => `"${name}"`)
  return (text) => quoted.some((name) => text.includes(name)) || text.includes('\\u')
}

/** Whether a field whose text is no JSON may hold what the path means: a member, as JSON or what resembles it writes it. */
export type MayHold = (field: string, text: string) => boolean

export function mayHoldOf(query: JSONPathQuery): MayHold {
  const names = lastNamesOf(query)
  if (names === undefined) return () => true
  const isMember = (name: string, text: string) => text.includes(name) && /[:=]/.test(text.slice(text.indexOf(name)))
  // With an escape, or in another charset, a name may be written so that it is not seen.
  const mayHide = /[\\\0]/
  return (field, text) => names.includes(field) || mayHide.test(text) || names.some((name) => isMember(name, text))
}

function lastNamesOf({ segments }: JSONPathQuery): readonly string[] | undefined {
  return segments.map(({ selectors }) => namesOf(selectors)).findLast((found) => found !== undefined)
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
