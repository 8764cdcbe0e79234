// What may be a bearer token: what a client can send in `Authorization`, and a server gets as it was sent.

export const tokenRule = 'visible ASCII without spaces (RFC 6750 §2.1)'

/** What keeps `text` from being one; undefined: nothing. Tells nothing else of it. */
export function faultOfToken(text: string): string | undefined {
  if (/^[\x21-\x7e]+$/.test(text)) return undefined
  if (text === '') return 'nothing'
  if (/[\r\n]/.test(text)) return 'a line end'
  return text.includes(' ') ? 'a space' : 'a character that is not visible ASCII'
}
