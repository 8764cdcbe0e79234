// Blanks who the URLs within a text say to be (RFC 3986 section 3.2.1), also where they are encoded because they stand in the
// query of other URLs, in forms or in JSON. Scans in linear time only.

/** Deeper, URLs within URLs are not looked for. */
const depth = 3

const percent = (times: number) => `%${'25'.repeat(times)}`
const anyPercent = `%(?:25){0,${String(depth)}}`

/** What stands before an authority. Its group is what encodes the `%` of its URL. */
const opener = new RegExp(
  String.raw`:(?:\\?/){2}|%((?:25){0,${String(depth)}})3a(?:(?:${anyPercent}5c)?(?:/|${anyPercent}2f)){2}`,
  'gi',
)

/** What ends the authority of a URL that is not encoded: a password may have `&`, but none that begins a form's next field. */
const plainEnd = /[\x00-\x20"<>/?#]|&(?=[\w.[\]%+-]+=)|\\(?!u(?!00(?:2[0237f]|3[cef]|5c))[\da-f]{4})/i

/** The same of encoded ones, by how many times their `%` is encoded. */
const encodedEnds = Array.from({ length: depth + 1 }, (_, times) => {
  const codes = String.raw`0[9ad]|2[023f]|3[cef]|5c|26(?=[\w.-]+${percent(times)}3d)`
  return new RegExp(String.raw`[\x00-\x20"<>/?#\\&+]|${percent(times)}(?:${codes})`, 'i')
})

/** More is not read: nothing takes a URL with so long an authority. */
const longestAuthority = 65_536

/** A name alone may be a token where HTTP sends it. Elsewhere it is a container (abfss) or an account (ssh). */
const token = /^[\w.~%!$*+-]+$/

/** `text` with `blank` in place of names with their passwords, and of what may be a token. */
export function withoutUserinfo(text: string, blank: string): string {
  if ((!text.includes('@') && !text.includes('40')) || text.search(opener) < 0) return text
  let kept = ''
  let from = 0
  for (const { 0: opened, 1: encoding, index } of text.matchAll(opener)) {
    const start = index + opened.length
    const userinfo = userinfoOf(text.slice(start, start + longestAuthority), encoding)
    const http = /https?$/i.test(text.slice(Math.max(0, index - 5), index))
    if (userinfo === undefined || !(/:|%(?:25)*3a/i.test(userinfo) || (http && token.test(userinfo)))) continue
    kept += `${text.slice(from, start)}${blank}`
    from = start + userinfo.length
  }
  return from === 0 ? text : kept + text.slice(from)
}

function userinfoOf(text: string, encoding: string | undefined): string | undefined {
  const end = text.search((encoding === undefined ? undefined : encodedEnds[encoding.length / 2]) ?? plainEnd)
  const authority = end < 0 ? text : text.slice(0, end)
  const last = [...authority.matchAll(/@|%(?:25)*40/g)].at(-1)
  return last === undefined ? undefined : authority.slice(0, last.index)
}
