// Path and host patterns of routes, compiled once. No regular expressions: a match walks the path once, so no pattern
// can be slow (ATTACKS row 34). Patterns: `/exact`, `/prefix/*` (the prefix itself, and everything below it),
// `{name}` for one non-empty segment.
import { normalizePath } from './heads/path.js'

export interface PathPattern {
  readonly text: string
  /** literal text, or the name of a parameter */
  readonly segments: readonly PatternSegment[]
  /** ends in `/*` */
  readonly open: boolean
  readonly parameters: boolean
  /** first segment where it is literal: the router's index key */
  readonly first: string | undefined
}

export type PatternSegment =
  { readonly kind: 'literal'; readonly text: string } | { readonly kind: 'parameter'; readonly name: string }

export type CompiledPattern =
  { readonly ok: true; readonly pattern: PathPattern } | { readonly ok: false; readonly fault: string }

/** Patterns are written as people read paths; what needs escaping (`/café`) is escaped here. */
export function compilePath(text: string): CompiledPattern {
  if (!text.startsWith('/')) return fault('a path pattern starts with /')
  if (/[?#\\\s]/.test(text)) return fault('a path pattern has no query, fragment, backslash or space')
  const open = text.endsWith('/*')
  const body = open ? text.slice(0, -2) : text
  if (body.includes('*')) return fault('* stands only for everything below a prefix, at the end: /prefix/*')
  const segments: PatternSegment[] = []
  const names = new Set<string>()
  for (const part of body === '' ? [] : body.slice(1).split('/')) {
    const segment = compileSegment(part)
    if (typeof segment === 'string') return fault(segment)
    if (segment.kind === 'parameter') {
      if (names.has(segment.name)) return fault(`{${segment.name}} stands twice`)
      names.add(segment.name)
    }
    segments.push(segment)
  }
  const first = segments[0]
  return {
    ok: true,
    pattern: {
      text,
      segments,
      open,
      parameters: names.size > 0,
      first: first?.kind === 'literal' ? first.text : undefined,
    },
  }
}

function compileSegment(part: string): PatternSegment | string {
  const name = /^\{([A-Za-z_][A-Za-z0-9_-]*)\}$/.exec(part)?.[1]
  if (name !== undefined) return { kind: 'parameter', name }
  if (/[{}]/.test(part)) return `{name} stands for a whole segment, not for a part of one (${part})`
  if (!/^[^\ud800-\udfff]*$/u.test(part)) return `${part} is not valid Unicode`
  const escaped = part.replace(/[^\x21-\x7e]+/g, encodeURIComponent)
  const normal = normalizePath(`/${escaped}`)
  if (!normal.ok) return `${part} is ambiguous: ${normal.reason}`
  if (normal.path !== `/${escaped}`) return `${part} is not normalized; write ${normal.path.slice(1)}`
  return { kind: 'literal', text: escaped }
}

function fault(reason: string): CompiledPattern {
  return { ok: false, fault: reason }
}

/** `/*`: everything, also what asks of the server as a whole (`OPTIONS *`), which no narrower pattern takes. */
function matchesAll({ open, segments }: PathPattern): boolean {
  return open && segments.length === 0
}

/** Walks the path once; allocates nothing. */
export function matchesPath(pattern: PathPattern, path: string): boolean {
  let at = 0
  for (const segment of pattern.segments) {
    if (path.charCodeAt(at) !== 0x2f) return false
    at++
    if (segment.kind === 'literal') {
      if (!path.startsWith(segment.text, at)) return false
      at += segment.text.length
      if (at < path.length && path.charCodeAt(at) !== 0x2f) return false
    } else {
      const end = endOfSegment(path, at)
      if (end === at) return false
      at = end
    }
  }
  if (matchesAll(pattern)) return path === '*' || path.charCodeAt(0) === 0x2f
  if (pattern.open) return at === path.length || path.charCodeAt(at) === 0x2f
  return at === path.length
}

function endOfSegment(path: string, from: number): number {
  const slash = path.indexOf('/', from)
  return slash < 0 ? path.length : slash
}

const none: Readonly<Record<string, string>> = Object.freeze(Object.create(null) as Record<string, string>)

/** Parameters of a path that matches, escapes decoded where they are UTF-8. */
export function parametersOf(pattern: PathPattern | undefined, path: string): Readonly<Record<string, string>> {
  if (pattern?.parameters !== true) return none
  const parameters = Object.create(null) as Record<string, string>
  let at = 0
  for (const segment of pattern.segments) {
    const end = endOfSegment(path, at + 1)
    if (segment.kind === 'parameter') parameters[segment.name] = decoded(path.slice(at + 1, end))
    at = end
  }
  return parameters
}

function decoded(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The first segment of a path, without slashes. */
export function firstSegment(path: string): string {
  return path.slice(1, endOfSegment(path, 1))
}

/** Whether every path that `inner` matches is matched by `outer` too (undefined: no pattern, matches all). */
export function coversPath(outer: PathPattern | undefined, inner: PathPattern | undefined): boolean {
  if (outer === undefined) return true
  if (inner === undefined) return matchesAll(outer)
  if (outer.open ? outer.segments.length > inner.segments.length : outer.segments.length !== inner.segments.length) {
    return false
  }
  if (!outer.open && inner.open) return false
  return outer.segments.every((segment, at) => {
    const other = inner.segments[at]
    if (segment.kind === 'literal') return other?.kind === 'literal' && other.text === segment.text
    return other?.kind === 'parameter' || (other?.kind === 'literal' && other.text !== '')
  })
}

/** `*.suffix` or an exact host, lower case; `host` without port. */
export function matchesHost(pattern: string | undefined, host: string): boolean {
  if (pattern === undefined) return true
  if (!pattern.startsWith('*.')) return pattern === host
  return host.length > pattern.length - 1 && host.endsWith(pattern.slice(1))
}

export function coversHost(outer: string | undefined, inner: string | undefined): boolean {
  if (outer === undefined || outer === inner) return true
  if (inner === undefined || !outer.startsWith('*.')) return false
  return inner.endsWith(outer.slice(1))
}
