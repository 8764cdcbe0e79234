// Path patterns as routes write them (`/exact`, `/prefix/*`, `{name}` for one segment), read again for their parameters.
// Matching is linear in the path: no regular expression is built from a pattern.

export interface PathPattern {
  /** names of the `{name}` segments */
  readonly names: readonly string[]
  /** parameters, percent-decoded, of a path (no query); undefined where it does not match */
  match(path: string): ReadonlyMap<string, string> | undefined
}

const parameter = /^\{([A-Za-z_][A-Za-z0-9_-]*)\}$/

/** Undefined where `text` is not a pattern: no leading `/`, a `*` that is not the last segment, braces inside a segment. */
export function parsePathPattern(text: string): PathPattern | undefined {
  if (!text.startsWith('/')) return undefined
  const segments = text.slice(1).split('/')
  const open = segments.at(-1) === '*'
  if (open) segments.pop()
  const names = segments.map((segment) => parameter.exec(segment)?.[1])
  if (segments.some((segment, at) => names[at] === undefined && /[{}*]/.test(segment))) return undefined
  return {
    names: names.filter((name) => name !== undefined),
    match: (path) => matchSegments(path, { segments, names, open }),
  }
}

interface Parts {
  readonly segments: readonly string[]
  readonly names: readonly (string | undefined)[]
  readonly open: boolean
}

function matchSegments(path: string, { segments, names, open }: Parts): ReadonlyMap<string, string> | undefined {
  const given = path.slice(1).split('/')
  // `/prefix/*` matches `/prefix` itself too
  if (open ? given.length < segments.length : given.length !== segments.length) return undefined
  const found = new Map<string, string>()
  for (const [at, segment] of segments.entries()) {
    const value = given[at] ?? ''
    const name = names[at]
    if (name === undefined) {
      if (value !== segment) return undefined
    } else if (value === '') return undefined
    else found.set(name, decodeSegment(value))
  }
  return found
}

function decodeSegment(segment: string): string {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
