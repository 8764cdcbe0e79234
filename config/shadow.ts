// Finds routes that can never match because an earlier one takes all their requests. Errs on the side of silence: what is
// reported is certain.

interface Match {
  readonly host?: string | undefined
  readonly path?: string | undefined
  readonly method?: readonly string[] | undefined
  readonly fields?: Readonly<Record<string, string | true>> | undefined
}

export function shadowed(matches: readonly Match[]): readonly { readonly at: number; readonly by: number }[] {
  return matches.flatMap((match, at) => {
    const by = matches.slice(0, at).findIndex((earlier) => covers(earlier, match))
    return by < 0 ? [] : [{ at, by }]
  })
}

/** Whether every request that `narrow` matches is matched by `wide` too. */
function covers(wide: Match, narrow: Match): boolean {
  return (
    hostCovers(wide.host, narrow.host) &&
    pathCovers(wide.path, narrow.path) &&
    methodsCover(wide.method, narrow.method) &&
    fieldsCover(wide.fields ?? {}, narrow.fields ?? {})
  )
}

function hostCovers(wide: string | undefined, narrow: string | undefined): boolean {
  if (wide === undefined || wide === narrow) return true
  return narrow !== undefined && wide.startsWith('*.') && narrow.endsWith(wide.slice(1))
}

function pathCovers(wide: string | undefined, narrow: string | undefined): boolean {
  if (wide === undefined) return true
  if (narrow === undefined) return wide === '/*'
  const wideParts = wide.split('/')
  const narrowParts = narrow.split('/')
  const open = wideParts.at(-1) === '*'
  const fixed = open ? wideParts.slice(0, -1) : wideParts
  if (open ? narrowParts.length <= fixed.length : narrowParts.length !== fixed.length) return false
  return fixed.every((part, at) => {
    const other = narrowParts[at] ?? ''
    return part === other || (part.startsWith('{') && other !== '*' && other !== '')
  })
}

function methodsCover(wide: readonly string[] | undefined, narrow: readonly string[] | undefined): boolean {
  if (wide === undefined) return true
  return narrow?.every((method) => wide.includes(method)) ?? false
}

function fieldsCover(
  wide: Readonly<Record<string, string | true>>,
  narrow: Readonly<Record<string, string | true>>,
): boolean {
  const lower = new Map(Object.entries(narrow).map(([name, value]) => [name.toLowerCase(), value]))
  return Object.entries(wide).every(([name, value]) => {
    const other = lower.get(name.toLowerCase())
    return other !== undefined && (value === true || value === other)
  })
}
