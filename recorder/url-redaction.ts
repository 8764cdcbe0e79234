// Blanks secret parameters of URLs, and who they say to be, wherever they stand in a captured body: services hand presigned URLs
// out and clients send them back (MLflow's multipart uploads do), and whoever has one may write or read the object. Looks at
// bytes, not at what they mean, and leaves every other byte as it is.
import { redacted, withoutValues } from '../core/redaction.js'
import { withoutUserinfo } from '../core/userinfo.js'

/** One of these is in every body that has such a URL. */
const marks = ['?', '%3F', '%3f', '%25', '\\u003f', '\\u003F', 'X-Amz-', 'X-Goog-']

/** And one of each of these where a URL says who it is. */
const userinfoMarks = [
  ['@', '%40', '%25'],
  ['//', ':\\/', '%2F', '%2f', '%25'],
]

/** These names mean nothing else, wherever they stand. */
const signatures = 'X-Amz-(?:Signature|Credential|Security-Token)|X-Goog-(?:Signature|Credential)'

/** `?` or `&`, also as XML, JSON, or another URL's query writes them. */
const separator = String.raw`(?:[?&](?:amp;|#38;|#x26;)?|%(?:25)*(?:3F|26)|\\u003f|\\u0026)`

const brackets = String.raw`(?:(?:\[|%5B)\w{0,64}(?:\]|%5D)){0,8}`

/** A secret goes to the next `&`, or to what ends a URL in any text. */
const end = /[\x00-\x20"&'<>#]|\\(?!\/|u(?!00(?:2[02367]|3[ce]))[\da-f]{4})/i

/** Undefined where there is none. */
export type UrlRedactor = (bytes: Uint8Array) => Uint8Array | undefined

/** `names` of secret parameters, compared without case. */
export function createUrlRedactor(names: readonly string[]): UrlRedactor {
  const escaped = names.map((name) =>
    Buffer.from(name)
      .toString('latin1')
      .replace(/[^\w]/g, String.raw`\$&`),
  )
  const parameter = `(?:${signatures}|${separator}(?:${escaped.join('|')})${brackets})`
  // What redaction of a form has blanked stays as it is.
  const secrets = new RegExp(String.raw`${parameter}(?:=|%(?:25)*3D|\\u003d)(?!%5Bredacted%5D)`, 'gi')
  return (bytes) => {
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const has = (some: readonly string[]) => some.some((mark) => view.includes(mark))
    const named = userinfoMarks.every(has)
    if (!named && !has(marks)) return undefined
    const text = view.toString('latin1')
    const outer = withoutValues(text, secrets, { isSecret: () => true, endOf: endIn(text) })
    const kept = named ? withoutUserinfo(outer, redacted) : outer
    return kept === text ? undefined : Buffer.from(kept, 'latin1')
  }
}

/** To where the URL's value ends in `text`. */
function endIn(text: string): (value: number) => number {
  const ends = new RegExp(end, 'gi')
  return (value) => {
    ends.lastIndex = value
    return ends.exec(text)?.index ?? text.length
  }
}
