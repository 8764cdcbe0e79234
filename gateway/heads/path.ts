// Normalizes a request path so that gateway and service cannot read it differently (ATTACKS row 10), or refuses it.
// Never touches the query. What is ambiguous is refused, never guessed.

export type NormalPath = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly reason: string }

/**
 * The path in the one form that strict services are routed, authorized and forwarded on (RFC 3986 section 6.2.2):
 * unreserved characters decoded, other escapes in upper case, `//` merged, dot segments resolved. Refused: encoded slash
 * or backslash, backslash, NUL, double encoding, broken escapes, what is not UTF-8 (overlong forms too), `..;`, and
 * dot segments that climb above the root. Idempotent; returns `raw` itself where nothing is to be done.
 */
export function normalizePath(raw: string): NormalPath {
  if (isPlain(raw)) return { ok: true, path: raw }
  if (raw.includes('\\')) return refused('a backslash')
  const decoded = raw.includes('%') ? decodeUnreserved(raw) : raw
  if (typeof decoded !== 'string') return decoded
  return resolveDots(decoded)
}

/** One scan: nothing in it that normalization could change or refuse. */
function isPlain(path: string): boolean {
  let before = 0
  for (let at = 0; at < path.length; at++) {
    const code = path.charCodeAt(at)
    if (code === 0x25 || code === 0x5c) return false
    if (before === 0x2f && (code === 0x2f || code === 0x2e)) return false
    before = code
  }
  return true
}

function decodeUnreserved(raw: string): string | NormalPath {
  let out = ''
  let from = 0
  for (let at = raw.indexOf('%'); at >= 0; at = raw.indexOf('%', at)) {
    out += raw.slice(from, at)
    const run = escapedRun(raw, at)
    if (run === undefined) return refused('a broken escape')
    const text = decodeRun(run)
    if (typeof text !== 'string') return text
    out += text
    at += run.length * 3
    from = at
  }
  out += raw.slice(from)
  return isDoubled(out) ? refused('double encoding') : out
}

/** The bytes of the unbroken run of escapes at `at`; undefined where one is not two hexadecimal digits. */
function escapedRun(raw: string, at: number): readonly number[] | undefined {
  const bytes: number[] = []
  for (let next = at; raw.charCodeAt(next) === 0x25; next += 3) {
    const byte = hexByte(raw, next + 1)
    if (byte < 0) return undefined
    bytes.push(byte)
  }
  return bytes
}

function decodeRun(bytes: readonly number[]): string | NormalPath {
  if (bytes.some((byte) => byte >= 0x80) && !isUtf8(bytes)) return refused('an escape that is not UTF-8')
  let out = ''
  for (const byte of bytes) {
    if (byte === 0x2f || byte === 0x5c) return refused('an encoded slash')
    if (byte === 0) return refused('an encoded NUL')
    out += isUnreserved(byte) ? String.fromCharCode(byte) : (escapes[byte] ?? '')
  }
  return out
}

/** `%25` followed by two hexadecimal digits, once all that is unreserved (and so every such digit) is decoded. */
function isDoubled(decoded: string): boolean {
  for (let at = decoded.indexOf('%25'); at >= 0; at = decoded.indexOf('%25', at + 3)) {
    if (hexByte(decoded, at + 3) >= 0) return true
  }
  return false
}

function resolveDots(path: string): NormalPath {
  const kept: string[] = []
  const segments = path.split('/')
  for (let at = 1; at < segments.length; at++) {
    const segment = segments[at] ?? ''
    const last = at === segments.length - 1
    if (segment === '..') {
      if (kept.length === 0) return refused('dot segments that climb above the root')
      kept.pop()
    } else if (isDotsWithParameters(segment)) return refused('a dot segment with parameters')
    else if (segment !== '' && segment !== '.') {
      kept.push(segment)
      continue
    }
    if (last) kept.push('')
  }
  return { ok: true, path: `/${kept.join('/')}` }
}

/** `..;x`, `.;x` and the same with `%3B`: servlet containers drop the parameters and then see a dot segment. */
function isDotsWithParameters(segment: string): boolean {
  if (!segment.startsWith('.')) return false
  const rest = segment.startsWith('..') ? 2 : 1
  return segment[rest] === ';' || segment.startsWith('%3B', rest)
}

/**
 * What other readers may make of a raw path: decoded once and twice, backslash as slash, parameters dropped, dot
 * segments clamped at the root. Where one of these meets another route than the path itself, the request is refused.
 */
export function readingsOf(raw: string): readonly string[] {
  const once = decodeBytes(raw)
  const twice = decodeBytes(once)
  const readings = new Set<string>()
  for (const text of once === twice ? [raw, once] : [raw, once, twice]) {
    readings.add(lenient(text))
    readings.add(lenient(withoutParameters(text)))
  }
  readings.delete(raw)
  return [...readings]
}

function lenient(text: string): string {
  const kept: string[] = []
  const segments = text.replaceAll('\\', '/').split('/')
  for (const [at, segment] of segments.entries()) {
    if (segment === '..') kept.pop()
    if (segment !== '' && segment !== '.' && segment !== '..') kept.push(segment)
    else if (at > 0 && at === segments.length - 1) kept.push('')
  }
  return `/${kept.join('/')}`
}

function withoutParameters(text: string): string {
  if (!text.includes(';')) return text
  return text
    .split('/')
    .map((segment) => segment.split(';', 1)[0])
    .join('/')
}

/** Escapes that could change the path's structure decoded, overlong ones too; others stay, in upper case as in patterns. */
function decodeBytes(text: string): string {
  if (!text.includes('%')) return text
  let out = ''
  for (let at = 0; at < text.length; at++) {
    const byte = text[at] === '%' ? hexByte(text, at + 1) : -1
    if (byte < 0) {
      out += text.charAt(at)
      continue
    }
    const overlong = byte === 0xc0 || byte === 0xc1 ? hexByte(text, at + 4) : -1
    if (overlong >= 0x80 && overlong < 0xc0 && text[at + 3] === '%') {
      out += String.fromCharCode(((byte & 1) << 6) | (overlong & 0x3f))
      at += 5
      continue
    }
    out += isUnreserved(byte) || isStructural(byte) ? String.fromCharCode(byte) : (escapes[byte] ?? '')
    at += 2
  }
  return out
}

const escapes = Array.from({ length: 256 }, (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function isUtf8(bytes: readonly number[]): boolean {
  try {
    strictUtf8.decode(Uint8Array.from(bytes))
    return true
  } catch {
    return false
  }
}

function hexByte(text: string, at: number): number {
  const high = hexDigit(text.charCodeAt(at))
  const low = hexDigit(text.charCodeAt(at + 1))
  return high < 0 || low < 0 ? -1 : high * 16 + low
}

/** NaN (past the end) is no digit. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = code | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

/** slash, backslash, semicolon, percent */
function isStructural(byte: number): boolean {
  return byte === 0x2f || byte === 0x5c || byte === 0x3b || byte === 0x25
}

function isUnreserved(byte: number): boolean {
  if (byte >= 0x30 && byte <= 0x39) return true
  const letter = byte | 0x20
  if (letter >= 0x61 && letter <= 0x7a && byte < 0x80) return true
  return byte === 0x2d || byte === 0x2e || byte === 0x5f || byte === 0x7e
}

function refused(what: string): NormalPath {
  return { ok: false, reason: `it contains ${what}` }
}
