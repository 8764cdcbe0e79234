// Reads the request target (RFC 9112 section 3.2). Refuses what is not valid in a request line, so that no two parties
// can read it differently. Never decodes or changes a byte of what it accepts; path.ts does that.

/** `path` starts with `/`, or is `*`: the server as a whole. `query` is empty or starts with `?`. Both are as the client sent them. */
export type Target =
  | { readonly kind: 'origin'; readonly path: string; readonly query: string }
  | { readonly kind: 'absolute'; readonly authority: string; readonly path: string; readonly query: string }
  | { readonly kind: 'asterisk'; readonly path: '*'; readonly query: '' }
  | { readonly kind: 'refused'; readonly reason: string }

export function parseTarget(method: string, target: string): Target {
  const invalid = invalidCharacter(target)
  if (invalid !== undefined) return refused(`the target contains ${invalid}`)
  if (target.startsWith('/')) return { kind: 'origin', ...split(target, 0) }
  if (target === '*') {
    return method === 'OPTIONS' ? { kind: 'asterisk', ...whole } : refused('the target * is for OPTIONS only')
  }
  return parseAbsolute(method, target)
}

/** RFC 9112 section 3.2.4: OPTIONS of an absolute form without path and query asks the server as a whole. */
const whole = { path: '*', query: '' } as const

function parseAbsolute(method: string, target: string): Target {
  const scheme = /^https?:\/\//i.exec(target)?.[0]
  if (scheme === undefined) return refused('the target is neither a path nor an http URL')
  let end = scheme.length
  while (end < target.length && target[end] !== '/' && target[end] !== '?') end++
  const authority = target.slice(scheme.length, end)
  if (authority === '') return refused('the target names no authority')
  if (method === 'OPTIONS' && end === target.length) return { kind: 'absolute', authority, ...whole }
  return { kind: 'absolute', authority, ...split(target, end) }
}

function split(target: string, from: number): { path: string; query: string } {
  const mark = target.indexOf('?', from)
  const path = mark < 0 ? target.slice(from) : target.slice(from, mark)
  return { path: path === '' ? '/' : path, query: mark < 0 ? '' : target.slice(mark) }
}

/** What RFC 3986 forbids anywhere in a URI and that parsers are known to disagree on; other odd ASCII is passed on. */
function invalidCharacter(target: string): string | undefined {
  for (let at = 0; at < target.length; at++) {
    const code = target.charCodeAt(at)
    if (code > 0x20 && code < 0x7f && code !== 0x23) continue
    if (code === 0x23) return 'a fragment'
    if (code === 0x20) return 'a space'
    return code < 0x20 || code === 0x7f ? 'a control character' : 'a byte that is not ASCII'
  }
  return undefined
}

function refused(reason: string): Target {
  return { kind: 'refused', reason }
}
