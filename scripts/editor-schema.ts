// The configuration's JSON Schema as editors need it: wherever a value stands, `${NAME}` may stand too. Changes no key.
const reference = { type: 'string', pattern: '\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^{}]*)?\\}' }

type Node = Readonly<Record<string, unknown>>

export function editorSchema(schema: Node): Node {
  return {
    ...(withReferences(schema) as Node),
    $defs: { ...(schema['$defs'] as Node), environment: reference },
  }
}

function withReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withReferences)
  if (typeof value !== 'object' || value === null) return value
  const node = value as Node
  if (isNarrowValue(node)) {
    const { description, default: otherwise, ...narrow } = node
    return {
      anyOf: [narrow, { $ref: '#/$defs/environment' }],
      ...(description === undefined ? {} : { description }),
      ...(otherwise === undefined ? {} : { default: otherwise }),
    }
  }
  return mapped(node, (one, key) => {
    if (key === 'properties') return mapped(one as Node, withReferences)
    return kept.has(key) ? one : withReferences(one)
  })
}

function mapped(node: Node, by: (value: unknown, key: string) => unknown): Node {
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, by(value, key)]))
}

/** Data, and names of keys: `${NAME}` is replaced in values only. */
const kept = new Set(['default', 'enum', 'const', 'required', 'propertyNames'])

/** A value that not any text may be; a `const` tells variants apart. */
function isNarrowValue({ type, pattern, enum: words }: Node): boolean {
  return (
    type === 'integer' ||
    type === 'number' ||
    type === 'boolean' ||
    (type === 'string' && (pattern ?? words) !== undefined)
  )
}
