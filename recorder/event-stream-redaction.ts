// Blanks secrets in the data of Server-Sent Events (WHATWG HTML, section 9.2.6) and leaves every other line as it is.
import { looksLikeJson } from '../gatherers/bodies/media-type.js'
import type { GapReason } from '../lineage/model/fact.js'

export const eventStream = 'text/event-stream'

/** `text` undefined where nothing was secret. */
export type TextRedaction =
  | { readonly ok: true; readonly text: string | undefined }
  | { readonly ok: false; readonly why: string; readonly reason?: GapReason }

const known = /^(?:(?:data|event|id|retry)(?::|$)|:|$)/

/** How many services end a stream of JSON. */
const done = '[DONE]'

/** `redactJson` is told the data of an event that looks like JSON; it gives back a line a value. */
export function redactEventStream(text: string, redactJson: (data: string) => TextRedaction): TextRedaction {
  // lines and what ends them, by turns
  const pieces = text.split(/(\r\n|\r|\n)/)
  let changed = false
  let data: number[] = []
  for (let at = 0; at < pieces.length; at += 2) {
    const line = pieces[at] ?? ''
    if (!known.test(line)) return { ok: false, why: 'no event stream' }
    if (/^data(?::|$)/.test(line)) data.push(at)
    if (line !== '' && at + 2 < pieces.length) continue
    const event = data.map((index) => (pieces[index] ?? '').replace(/^data:? ?/, '')).join('\n')
    if (looksLikeJson(Buffer.from(event)) && event.trim() !== done) {
      const redaction = redactJson(event)
      if (!redaction.ok) return redaction
      if (redaction.text !== undefined) {
        changed = true
        replace(pieces, data, redaction.text)
      }
    }
    data = []
  }
  return { ok: true, text: changed ? pieces.join('') : undefined }
}

function replace(pieces: string[], [first = 0, ...others]: readonly number[], data: string): void {
  const lines = data.trimEnd().split('\n')
  pieces[first] = lines.map((line) => `data: ${line}`).join(pieces[first + 1] ?? '\n')
  for (const other of others) {
    pieces[other] = ''
    if (other + 1 < pieces.length) pieces[other + 1] = ''
  }
}
