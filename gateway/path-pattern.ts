// What a route's path pattern may look like. Patterns are segments, never regular expressions, so matching is linear in
// the path's length whatever is configured.

const segmentShape = /^(?:[A-Za-z0-9._~!$&'()+,;=:@-]|%[0-9A-F]{2})+$/
const parameterShape = /^\{[A-Za-z_][A-Za-z0-9_]{0,62}\}$/
// `.*`, `.+`, `)+`, `)*`, `(?`, `\d`, `[a-z]`, `^`, `|`: somebody meant a regular expression
const regexSign = /\.[*+]|\)[*+?{]|\(\?|[\\[\]^|]|\$$/

/** What is wrong with `pattern`, as the sentence that follows it in an error; undefined where it is right. */
export function patternProblem(pattern: string): string | undefined {
  if (!pattern.startsWith('/')) return 'expected a path pattern that starts with /'
  if (regexSign.test(pattern)) {
    return 'expected a path pattern, not a regular expression: /exact, /prefix/* or {name} for one segment'
  }
  const segments = pattern.slice(1).split('/')
  const names = new Set<string>()
  for (const [at, segment] of segments.entries()) {
    const last = at === segments.length - 1
    const problem = segmentProblem(segment, last, names)
    if (problem !== undefined) return problem
  }
  return undefined
}

function segmentProblem(segment: string, last: boolean, names: Set<string>): string | undefined {
  if (segment === '') return last ? undefined : 'expected a path pattern without empty segments (//)'
  if (segment === '*') return last ? undefined : 'expected * only as the last segment; {name} stands for one segment'
  if (segment === '.' || segment === '..') return 'expected a path pattern without . and .. segments'
  if (segment.includes('{') || segment.includes('}')) {
    if (!parameterShape.test(segment)) return 'expected {name} to be a whole segment, its name letters, digits and _'
    if (names.has(segment)) return `expected each parameter once, but ${segment} stands twice`
    names.add(segment)
    return undefined
  }
  if (segment.includes('*')) return 'expected * only as the whole last segment'
  if (!segmentShape.test(segment)) return 'expected a path pattern of URL characters, others percent-encoded (%2F)'
  return undefined
}
