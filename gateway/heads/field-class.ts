// What the gateway has to know of a field's name, decided once per field. Never looks at values.

/** Everything that is not `plain` is handled by name somewhere in heads/. */
export type FieldClass =
  | 'plain'
  | 'host'
  | 'length'
  | 'encoding'
  | 'connection'
  | 'hop'
  | 'te'
  | 'trailer'
  | 'upgrade'
  | 'expect'
  | 'forwarded'
  | 'via'
  | 'traceparent'
  | 'tracestate'
  | 'reference'
  | 'context'
  | 'disguised'

const byName: ReadonlyMap<string, FieldClass> = new Map<string, FieldClass>([
  ['host', 'host'],
  ['content-length', 'length'],
  ['transfer-encoding', 'encoding'],
  ['connection', 'connection'],
  ['keep-alive', 'hop'],
  ['http2-settings', 'hop'],
  // a request field of that name would become the variable HTTP_PROXY of a CGI program
  ['proxy', 'hop'],
  ['te', 'te'],
  ['trailer', 'trailer'],
  ['upgrade', 'upgrade'],
  ['expect', 'expect'],
  ['forwarded', 'forwarded'],
  ['x-forwarded-for', 'forwarded'],
  ['x-forwarded-host', 'forwarded'],
  ['x-forwarded-proto', 'forwarded'],
  ['x-forwarded-port', 'forwarded'],
  ['x-real-ip', 'forwarded'],
  ['via', 'via'],
  ['traceparent', 'traceparent'],
  ['tracestate', 'tracestate'],
  ['waybill-exchange', 'reference'],
])

const longest = Math.max(...[...byName.keys()].map((name) => name.length))

/** `name` in lower case. */
export function classOf(name: string): FieldClass {
  if (name.length <= longest) {
    const known = byName.get(name)
    if (known !== undefined) return known
  }
  const first = name.charCodeAt(0)
  if (first === 0x77 && (name.startsWith('waybill-') || name.startsWith('waybill_'))) return 'context'
  if (first === 0x70 && name.startsWith('proxy-')) return 'hop'
  if (name.includes('_')) return isDisguised(name) ? 'disguised' : 'plain'
  return 'plain'
}

/** CGI and WSGI servers turn `-` into `_`, so `x_forwarded_for` would reach a program as `X-Forwarded-For`. */
function isDisguised(name: string): boolean {
  const dashed = name.replaceAll('_', '-')
  return byName.has(dashed) || dashed.startsWith('proxy-')
}

/** The comma-separated members of a field's value, trimmed, in lower case, without empty ones. */
export function listOf(value: string): readonly string[] {
  return membersOf(value.toLowerCase())
}

/** The same as they were written. */
export function membersOf(value: string): readonly string[] {
  const members: string[] = []
  for (const part of value.split(',')) {
    const member = part.trim()
    if (member !== '') members.push(member)
  }
  return members
}
