// Where a text stops being JSON (RFC 8259), for the reader of a file: JSON.parse tells a place only sometimes. Linear, and never
// decides what is JSON: it is asked once JSON.parse has refused.

export interface JsonFault {
  /** both from 1 */
  readonly line: number
  readonly column: number
  readonly message: string
}

/** Undefined where the text is JSON. */
export function jsonFault(text: string): JsonFault | undefined {
  const fault = faultIn(text)
  if (fault === undefined) return undefined
  const [at, expected] = fault
  const before = text.slice(0, at)
  const line = before.split('\n').length
  const column = at - before.lastIndexOf('\n')
  const message = at >= text.length ? `the text ends; expected ${expected}` : `expected ${expected}`
  return { line, column, message }
}

type Fault = readonly [at: number, expected: string]

/** What may come next, in words. */
const next = {
  value: 'a value',
  first: 'a value or ]',
  key: 'a key in double quotes',
  firstKey: 'a key in double quotes, or }',
  colon: ':',
} as const

type State = keyof typeof next | 'after'

interface Cursor {
  at: number
  state: State
  /** what is not closed yet, outermost first */
  readonly open: ('{' | '[')[]
}

function faultIn(text: string): Fault | undefined {
  const cursor: Cursor = { at: 0, state: 'value', open: [] }
  for (;;) {
    cursor.at = afterSpace(text, cursor.at)
    const { at, state, open } = cursor
    if (state === 'after' && open.length === 0) return at === text.length ? undefined : [at, 'nothing more']
    const fault = step(text, cursor)
    if (fault !== undefined) return fault
  }
}

/** Goes on by one sign or token. */
function step(text: string, cursor: Cursor): Fault | undefined {
  const { at, state, open } = cursor
  const sign = text[at]
  if (closes(sign, state, open.at(-1))) {
    open.pop()
    cursor.state = 'after'
    cursor.at += 1
    return undefined
  }
  if (state === 'after' || state === 'colon') return separator(sign, cursor)
  if ((sign !== '{' && sign !== '[') || isKey(state)) return token(text, cursor, state)
  open.push(sign)
  cursor.state = sign === '{' ? 'firstKey' : 'first'
  cursor.at += 1
  return undefined
}

function separator(sign: string | undefined, cursor: Cursor): Fault | undefined {
  const { at, state, open } = cursor
  const inside = open.at(-1)
  if (sign !== (state === 'colon' ? ':' : ',')) return [at, state === 'colon' ? next.colon : endOf(inside)]
  cursor.state = state === 'after' && inside === '{' ? 'key' : 'value'
  cursor.at += 1
  return undefined
}

function token(text: string, cursor: Cursor, state: Exclude<State, 'after'>): Fault | undefined {
  const end = isKey(state) ? stringAt(text, cursor.at) : scalarAt(text, cursor.at)
  if (typeof end !== 'number') return end ?? [cursor.at, next[state]]
  cursor.at = end
  cursor.state = isKey(state) ? 'colon' : 'after'
  return undefined
}

function isKey(state: State): boolean {
  return state === 'key' || state === 'firstKey'
}

function closes(sign: string | undefined, state: State, inside: '{' | '[' | undefined): boolean {
  if (inside === '{') return sign === '}' && (state === 'after' || state === 'firstKey')
  return inside === '[' && sign === ']' && (state === 'after' || state === 'first')
}

function endOf(inside: '{' | '[' | undefined): string {
  return inside === '{' ? ', or }' : ', or ]'
}

const space = /[ \t\n\r]*/y

function afterSpace(text: string, at: number): number {
  space.lastIndex = at
  space.test(text)
  return space.lastIndex
}

const scalar = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/y

/** Where it ends; undefined where none begins. */
function scalarAt(text: string, at: number): number | Fault | undefined {
  scalar.lastIndex = at
  return scalar.test(text) ? scalar.lastIndex : stringAt(text, at)
}

const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

function stringAt(text: string, start: number): number | Fault | undefined {
  if (text[start] !== '"') return undefined
  let at = start + 1
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === 0x22) return at + 1
    if (code < 0x20) return [at, 'no control character inside of a string']
    if (code !== 0x5c) at += 1
    else {
      escape.lastIndex = at
      if (!escape.test(text)) return [at, 'an escape that JSON knows']
      at = escape.lastIndex
    }
  }
  return [at, 'the end of a string']
}
