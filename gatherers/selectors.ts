// Selectors: RFC 9535 JSONPath, parsed by json-p3 when the configuration loads. Never evaluates code: the grammar has none,
// and a pattern of match() or search() must stand in the configuration, so that no traffic brings its own regular expression.
import { JSONPathEnvironment, JSONPathTypeError, jsonpath } from 'json-p3'
import type { JSONPathNode, JSONPathQuery, Token } from 'json-p3'
import type { JsonValue } from '../lineage/model/fact.js'
import { decodeLimits } from './bodies/decoded.js'
import { exchangeParts, type ExchangeValue, type RootPart } from './exchange-value.js'

/** What a selector is evaluated against: the exchange, and inside `each` the element. */
export interface Scope {
  readonly exchange: ExchangeValue
  readonly element: JsonValue | undefined
}

/** What the selectors of a use look at; decides what the taps copy. */
export interface Reads {
  request: boolean
  response: boolean
}

/** Where a selector stands in the configuration. */
export interface Place {
  /** inside `each`: `$` is the element and `$$` the exchange */
  readonly element: boolean
  /** inside `each`: whether the element is of the request */
  readonly fromRequest: boolean
  /** names of path parameters that exist; undefined where nobody knows them, so that any may */
  readonly params: ReadonlySet<string> | undefined
  /** gathers what is looked at */
  readonly reads: Reads
}

/** Values found, in document order; JSON null counts as a value here. */
export type Selector = (scope: Scope) => readonly JsonValue[]

/** A selector of a template, which can say where it found what. */
export interface Finder {
  readonly find: Selector
  readonly locate: (scope: Scope) => readonly Located[]
  /** none where it finds one value at most (RFC 9535 §2.3.5.1) */
  readonly branches: readonly Branch[]
}

export interface Located {
  readonly value: JsonValue
  readonly location: readonly (string | number)[]
}

/** Where a query may go several ways: to elements, members, or anything below. */
export interface Branch {
  /** the query so far; two that are equal choose among the same children */
  readonly base: string
  /** steps of a location behind the child that was chosen */
  readonly behind: number
}

/** Thrown while compiling; the text says what is wrong, for the reader of the configuration. */
export class SelectorError extends Error {}

class StrictEnvironment extends JSONPathEnvironment {
  override checkWellTypedness(token: Token, args: jsonpath.expressions.FilterExpression[]) {
    const checked = super.checkWellTypedness(token, args)
    const takesPattern = token.value === 'match' || token.value === 'search'
    if (takesPattern && !(args[1] instanceof jsonpath.expressions.StringLiteral)) {
      throw new JSONPathTypeError(`${token.value}() takes its pattern as a literal only`, token)
    }
    return checked
  }
}

// one more than a parsed body can be deep, under `$.request.body`
const environment = new StrictEnvironment({ maxRecursionDepth: decodeLimits.depth + 8 })

/** Undefined where `text` is a selector by its grammar; else what is wrong with it. */
export function selectorFault(text: string): string | undefined {
  try {
    environment.compile(text.startsWith('$$') ? text.slice(1) : text)
    return undefined
  } catch (error) {
    return `not a selector (RFC 9535): ${error instanceof Error ? error.message : String(error)}`
  }
}

type Segment = JSONPathQuery['segments'][number]

/** A selector that is one by its grammar and its place. */
interface Parsed {
  readonly query: JSONPathQuery
  readonly ofElement: boolean
}

/** Throws SelectorError. */
export function compileSelector(text: string, place: Place): Selector {
  return selectorOf(parsed(text, place), place)
}

/** Throws SelectorError. */
export function compileFinder(text: string, place: Place): Finder {
  const { query, ofElement } = parsed(text, place)
  const find = selectorOf({ query, ofElement }, place)
  const locate = ({ exchange, element }: Scope): readonly Located[] => {
    const root = ofElement ? element : exchange.whole()
    return root === undefined ? [] : Array.from(nodesOf(query, root), located)
  }
  return { find, locate, branches: branchesOf(query, text.startsWith('$$') ? '$$' : '$') }
}

function parsed(text: string, place: Place): Parsed {
  const fault = selectorFault(text)
  if (fault !== undefined) throw new SelectorError(fault)
  const outer = text.startsWith('$$')
  if (outer && !place.element) throw new SelectorError('`$$` means the exchange inside `each`; here that is `$`')
  return { query: environment.compile(outer ? text.slice(1) : text), ofElement: place.element && !outer }
}

function selectorOf({ query, ofElement }: Parsed, place: Place): Selector {
  const steps = stepsOf(query)
  if (!ofElement) return ofExchange(query, steps, place)
  if (steps === undefined) return (scope) => (scope.element === undefined ? [] : valuesOf(query, scope.element))
  return (scope) => (scope.element === undefined ? [] : follow(scope.element, steps, 0))
}

function located({ value, location }: JSONPathNode): Located {
  return { value: value as JsonValue, location }
}

function branchesOf(query: JSONPathQuery, root: string): readonly Branch[] {
  const { segments } = query
  // Behind two of `..` nobody knows how long the first was: then the branch is the whole.
  if (segments.filter(isDescendant).length > 1) return [{ base: root + query.toString(), behind: 0 }]
  const branches: Branch[] = []
  let base = root
  for (const [at, segment] of segments.entries()) {
    const behind = segments.length - at - 1
    if (isDescendant(segment)) {
      base += '..'
      branches.push({ base, behind: behind + 1 })
    }
    const [selector] = segment.selectors
    const step = segment.selectors.length === 1 && selector !== undefined ? singleStep(selector) : undefined
    base += step ?? '[*]'
    if (step === undefined) branches.push({ base, behind })
  }
  return branches
}

function isDescendant(segment: Segment): boolean {
  return segment.toString().startsWith('..')
}

function singleStep(selector: Segment['selectors'][number]): string | undefined {
  const { NameSelector, IndexSelector } = jsonpath.selectors
  return selector instanceof NameSelector || selector instanceof IndexSelector ? `[${selector.toString()}]` : undefined
}

function ofExchange(query: JSONPathQuery, steps: readonly Step[] | undefined, place: Place): Selector {
  const [first, second, third] = leadingNames(query)
  checkNames(first, second)
  if (first === 'request' && second === 'params' && third !== undefined && place.params?.has(third) === false) {
    const known = [...place.params].map((name) => `{${name}}`).join(', ')
    throw new SelectorError(`no path has a parameter {${third}}; there is ${known || 'none'}`)
  }
  noteReads(query, [first, second], place.reads)
  if (steps === undefined || first === undefined || second === undefined) {
    return (scope) => valuesOf(query, scope.exchange.whole())
  }
  const root = first as RootPart
  return (scope) => {
    const part = scope.exchange.part(root, second)
    return part === undefined ? [] : follow(part, steps, 2)
  }
}

function checkNames(first: string | undefined, second: string | undefined): void {
  if (first === undefined) return
  const roots = Object.keys(exchangeParts)
  if (!roots.includes(first)) throw new SelectorError(`\`$.${first}\` does not exist; there is ${listed('$.', roots)}`)
  const parts: readonly string[] = exchangeParts[first as RootPart]
  if (second === undefined || parts.includes(second)) return
  throw new SelectorError(`\`$.${first}.${second}\` does not exist; there is ${listed(`$.${first}.`, parts)}`)
}

function listed(prefix: string, names: readonly string[]): string {
  return names.map((name) => `\`${prefix}${name}\``).join(', ')
}

function noteReads(query: JSONPathQuery, [first, second]: readonly (string | undefined)[], reads: Reads): void {
  // a filter can name the root again, and reach anything from there
  const anywhere = first === undefined || query.toString().lastIndexOf('$') > 0
  const wholeSide = second === undefined || second === 'body'
  if (anywhere || (first === 'request' && wholeSide)) reads.request = true
  if (anywhere || (first === 'response' && wholeSide)) reads.response = true
}

/** The names that a query starts with, up to three. */
function leadingNames(query: JSONPathQuery): readonly string[] {
  const names: string[] = []
  for (const segment of query.segments.slice(0, 3)) {
    const step = stepOf(segment)
    if (typeof step !== 'string') break
    names.push(step)
  }
  return names
}

function valuesOf(query: JSONPathQuery, root: JsonValue): readonly JsonValue[] {
  return Array.from(nodesOf(query, root), (node) => node.value as JsonValue)
}

function nodesOf(query: JSONPathQuery, root: JsonValue) {
  // json-p3 only reads; its own type is a mutable one
  return query.lazyQuery(root as Parameters<JSONPathQuery['lazyQuery']>[0])
}

/** A member's name, an element's index, or all children. */
type Step = string | number | typeof all
const all = Symbol('all')

/** The query as plain steps, where it has only names, indexes and wildcards; these need no node lists. */
function stepsOf(query: JSONPathQuery): readonly Step[] | undefined {
  const steps = query.segments.map(stepOf)
  return steps.every((step) => step !== undefined) ? steps : undefined
}

function stepOf(segment: Segment): Step | undefined {
  const [selector] = segment.selectors
  if (segment.selectors.length !== 1 || isDescendant(segment)) return undefined
  if (selector instanceof jsonpath.selectors.NameSelector) return selector.name
  if (selector instanceof jsonpath.selectors.IndexSelector) return selector.index
  return selector instanceof jsonpath.selectors.WildcardSelector ? all : undefined
}

function follow(start: JsonValue, steps: readonly Step[], from: number): readonly JsonValue[] {
  let value = start
  for (let at = from; at < steps.length; at += 1) {
    const step = steps[at]
    if (typeof value !== 'object' || value === null) return []
    if (step === all) {
      const children = Array.isArray(value) ? (value as readonly JsonValue[]) : Object.values(value)
      return at + 1 === steps.length ? children : children.flatMap((child) => follow(child, steps, at + 1))
    }
    const child = childOf(value, step)
    if (child === undefined) return []
    value = child
  }
  return [value]
}

function childOf(value: object, step: Step | undefined): JsonValue | undefined {
  if (typeof step === 'number') {
    return Array.isArray(value) ? (value.at(step) as JsonValue | undefined) : undefined
  }
  if (typeof step !== 'string' || Array.isArray(value) || !Object.hasOwn(value, step)) return undefined
  return (value as Record<string, JsonValue>)[step]
}
