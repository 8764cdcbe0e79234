// A YAML text as a tree that remembers where everything stands and what came from the environment, so that errors can point
// at the place and never repeat a substituted value.
import {
  isMap,
  isScalar,
  isPair,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  isAlias,
  type Document,
  type Node,
  type YAMLError,
} from 'yaml'

export type Path = readonly (string | number)[]

export interface Place {
  readonly line: number
  readonly column: number
}

export interface SourceError extends Place {
  readonly path: Path
  readonly message: string
}

export interface SourceDocument {
  /** null where a variable that is not set was to stand; undefined where there are errors */
  readonly value: unknown
  /** why there is no tree */
  readonly errors: readonly SourceError[]
  /** values that are not known: of variables that are not set */
  readonly faults: readonly SourceError[]
  /** keys that can't stand there: for the second time in their mapping, or by their name */
  readonly badKeys: readonly SourceError[]
  /** where the value at `path` stands; of what is missing, its nearest parent */
  place(path: Path): Place
  /** where the key itself stands */
  keyPlace(path: Path): Place
  /** the value as it is written in the file (`${NAME}` not replaced), for messages; undefined where it is not a scalar */
  written(path: Path): string | undefined
  /** `text` without any value that came from the environment */
  masked(text: string): string
  /** whether (part of) the scalar at `path` came from the environment */
  substituted(path: Path): boolean
}

export type Environment = Readonly<Record<string, string | undefined>>

export function readDocument(text: string, env: Environment): SourceDocument {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    logLevel: 'error',
  })
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const sourceErrorOf = ({ pos: [at], code, message }: YAMLError): SourceError => ({
    ...placeAt(at),
    path: [],
    message: `not valid YAML: ${unquoted(text, at) ?? unfitTag(text, at, code) ?? messages[code] ?? firstLine(message)}`,
  })
  // what follows the first may well follow from it
  const errors = document.errors
    .filter(({ code }) => code !== 'DUPLICATE_KEY')
    .slice(0, 1)
    .map(sourceErrorOf)
  errors.push(...document.warnings.filter(({ code }) => code === 'TAG_RESOLVE_FAILED').map(sourceErrorOf))
  if (errors.length === 0) errors.push(...unresolved(document, placeAt))
  const written = new Map<Node, string>()
  const taken = new Map<string, string>()
  const sources = { env, written, taken }
  const faults = errors.length === 0 ? substitute(document, sources, placeAt) : []
  const offsetOf = (node: Node | null | undefined) => node?.range?.[0] ?? 0
  const value = errors.length === 0 ? plainValue(document, errors, placeAt) : undefined
  return {
    value,
    errors,
    faults,
    badKeys: badKeys(document, placeAt),
    place: (path) => placeAt(offsetOf(nodeAt(document, path).node)),
    keyPlace: (path) => {
      const { node, key } = nodeAt(document, path)
      return placeAt(offsetOf(key ?? node))
    },
    written: (path) => {
      const { node, found } = nodeAt(document, path)
      if (!found || !isScalar(node)) return undefined
      return written.get(node) ?? String(node.value)
    },
    masked: (text) => [...taken].reduce((masked, [name, value]) => masked.replaceAll(value, `\${${name}}`), text),
    substituted: (path) => {
      const { node } = nodeAt(document, path)
      return node !== null && written.has(node)
    },
  }
}

/** What to do about a `${NAME}` whose brace YAML reads as a mapping, where it stands at `at`. */
function unquoted(text: string, at: number): string | undefined {
  const [variable] = /^\$\{[^{}\n]*\}?/.exec(text.slice(Math.max(0, at - 1))) ?? []
  return variable === undefined
    ? undefined
    : `expected quotes, "${variable}": within { } and [ ] a brace begins a mapping`
}

/** A tag that YAML itself does not have, or that does not fit: the value would be taken as if the tag were not there. */
function unfitTag(text: string, at: number, code: string): string | undefined {
  const [tag] = code === 'TAG_RESOLVE_FAILED' ? (/^![^\s,[\]{}]*/.exec(text.slice(at)) ?? []) : []
  if (tag === undefined) return undefined
  return tag.startsWith('!!')
    ? `expected a value that fits its tag ${tag}`
    : `unknown tag ${tag}; expected the value without it`
}

/** Instead of words that only a programmer can follow. */
const messages: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'expected one document; `---` begins a second one',
}

function badKeys(document: Document.Parsed, placeAt: (offset: number) => Place): SourceError[] {
  const found: SourceError[] = []
  visit(document, {
    Map: (_, map, ancestors) => {
      const first = new Map<unknown, number>()
      for (const { key } of map.items) {
        if (!isScalar(key)) continue
        const place = placeAt(key.range?.[0] ?? 0)
        const bad = (message: string) => {
          found.push({ ...place, path: [...pathOf(map, ancestors), String(key.value)], message })
        }
        const before = first.get(key.value)
        if (before === undefined) first.set(key.value, place.line)
        else bad(`this key stands twice in its mapping, first in line ${before}`)
        // a mapping of the language has it already
        if (key.value === '__proto__') bad('this key can’t be used; expected another name')
      }
    },
  })
  return found
}

function unresolved(document: Document.Parsed, placeAt: (offset: number) => Place): SourceError[] {
  const found: SourceError[] = []
  visit(document, {
    Alias: (_, alias, ancestors) => {
      if (alias.resolve(document) !== undefined) return
      const message = `no anchor &${alias.source} stands before this alias`
      found.push({ ...placeAt(alias.range?.[0] ?? 0), path: pathOf(alias, ancestors), message })
    },
  })
  return found
}

function plainValue(document: Document.Parsed, errors: SourceError[], placeAt: (offset: number) => Place): unknown {
  try {
    return document.toJS({ maxAliasCount: 50 })
  } catch (error) {
    errors.push({
      ...placeAt(0),
      path: [],
      message:
        error instanceof ReferenceError ? 'aliases (`*name`) repeat too much' : `not valid YAML: ${String(error)}`,
    })
    return undefined
  }
}

interface Found {
  readonly node: Node | null
  /** the key node where the last step was into a mapping */
  readonly key: Node | undefined
  /** false: `node` is the nearest parent that exists */
  readonly found: boolean
}

function nodeAt(document: Document.Parsed, path: Path): Found {
  let node: Node | null = document.contents
  let key: Node | undefined
  for (const step of path) {
    const here: Node | undefined = isAlias(node) ? node.resolve(document) : (node ?? undefined)
    const child = childOf(here, step)
    if (child === undefined) return { node, key, found: false }
    key = child.key
    node = child.node ?? child.key ?? node
  }
  return { node, key, found: true }
}

function childOf(
  node: Node | undefined,
  step: string | number,
): { node: Node | undefined; key: Node | undefined } | undefined {
  if (isMap<Node, Node | null>(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step))
    return pair === undefined ? undefined : { node: pair.value ?? undefined, key: pair.key }
  }
  if (isSeq<Node>(node) && typeof step === 'number') {
    const item = node.items[step]
    return item === undefined ? undefined : { node: item, key: undefined }
  }
  return undefined
}

interface Sources {
  readonly env: Environment
  /** scalars as they stood before they were replaced */
  readonly written: Map<Node, string>
  /** by name, the values that were used; shorter than four characters is no secret, and masking it would garble messages */
  readonly taken: Map<string, string>
}

const reference = /\$\$|\$\{(?:([^{}]*)\})?/g
const referenceName = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s

/** Replaces `${NAME}` and `${NAME:-default}` in values (not keys); `$$` is a plain dollar sign. */
function substitute(
  document: Document.Parsed,
  { env, written, taken }: Sources,
  placeAt: (offset: number) => Place,
): SourceError[] {
  const errors: SourceError[] = []
  visit(document, {
    Scalar: (key, node, ancestors) => {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return
      const original = node.value
      const before = errors.length
      const replaced = original.replace(reference, (whole, inside: string | undefined) => {
        if (whole === '$$') return '$'
        const [, name = '', fallback] = referenceName.exec(inside ?? '') ?? []
        const value = env[name]
        if (name !== '' && value !== undefined && (value !== '' || fallback === undefined)) {
          if (value.length >= 4) taken.set(name, value)
          return value
        }
        if (name !== '' && fallback !== undefined) return fallback
        const message =
          name === '' ? `expected \${NAME} or \${NAME:-default}` : `environment variable ${name} is not set`
        errors.push({ ...placeAt(node.range?.[0] ?? 0), path: pathOf(node, ancestors), message })
        return ''
      })
      written.set(node, original)
      node.value = errors.length === before ? replaced : null
    },
  })
  return errors
}

function pathOf(node: Node, ancestors: readonly unknown[]): Path {
  const chain = [...ancestors, node]
  return chain.flatMap((one, at): (string | number)[] => {
    if (isPair(one)) return [isScalar(one.key) ? String(one.key.value) : '?']
    return isSeq(one) ? [one.items.indexOf(chain[at + 1])] : []
  })
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text
}
