// Whether a gatherer looks at an exchange. Conditions on method and path are told apart, since `explain` knows only these.
import type { RawFields } from '../core/exchange.js'
import { fieldOf } from '../core/exchange.js'
import { mediaTypeOf } from './bodies/media-type.js'
import type { ObservedExchange, OptionFault } from './contract.js'
import type { ExchangeValue } from './exchange-value.js'
import { parsePathPattern } from './path-pattern.js'
import { compileSelector, SelectorError, type Place, type Selector } from './selectors.js'
import type { When } from './when-options.js'

export interface CompiledWhen {
  /** undefined where a request of that method and path can be looked at; else the condition that it misses */
  misses(method: string, path: string): string | undefined
  /** the first condition on status, content and existence that does not hold, with what was found; quotes no body */
  unmet(exchange: ObservedExchange, value: () => ExchangeValue): string | undefined
}

/** What is wrong goes into `faults`, with paths that start with `when`. */
export function compileWhen(when: When, place: Place, faults: OptionFault[]): CompiledWhen {
  const methods = listOf(when.method)?.map((method) => method.toUpperCase())
  const pattern = when.path === undefined ? undefined : parsePathPattern(when.path)
  if (when.path !== undefined && pattern === undefined) {
    const message = 'not a path pattern: `/exact`, `/prefix/*`, `{name}` for one segment'
    faults.push({ path: ['when', 'path'], message })
  }
  const statuses = listOf(when.status)?.map(String)
  const inList = Array.isArray(when.exists)
  const exists = (listOf(when.exists) ?? []).flatMap((text, at) => {
    const selector = compileExists(text, place)
    if (typeof selector === 'function') return [{ text, selector }]
    faults.push({ path: inList ? ['when', 'exists', at] : ['when', 'exists'], message: selector })
    return []
  })
  return {
    misses: (method, path) => {
      if (methods?.includes(method.toUpperCase()) === false) return `method is ${method}, not ${methods.join(' or ')}`
      return pattern === undefined || pattern.match(path) !== undefined
        ? undefined
        : `path ${path} does not match ${when.path ?? ''}`
    },
    unmet: (exchange, value) => {
      const { request, response } = exchange.record
      return (
        unmetStatus(statuses, response?.status) ??
        unmetContent('request', listOf(when.content?.request), request.fields) ??
        unmetContent('response', listOf(when.content?.response), response?.fields ?? []) ??
        (exists.length === 0 ? undefined : unmetExists(exists, value()))
      )
    },
  }
}

/** Or what is wrong with it. */
function compileExists(text: string, place: Place): Selector | string {
  try {
    return compileSelector(text, place)
  } catch (error) {
    if (error instanceof SelectorError) return error.message
    throw error
  }
}

function listOf<T extends string | number>(given: T | readonly T[] | undefined): readonly T[] | undefined {
  if (given === undefined) return undefined
  return typeof given === 'object' ? given : [given]
}

function unmetStatus(wanted: readonly string[] | undefined, given: number | undefined): string | undefined {
  if (wanted === undefined) return undefined
  if (given === undefined) return `no answer came, so its status is not ${wanted.join(' or ')}`
  return wanted.some((one) => hasStatus(one, given)) ? undefined : `status is ${given}, not ${wanted.join(' or ')}`
}

function hasStatus(wanted: string, given: number): boolean {
  return wanted.endsWith('xx') ? Math.floor(given / 100) === Number(wanted[0]) : Number(wanted) === given
}

function unmetContent(side: string, wanted: readonly string[] | undefined, fields: RawFields): string | undefined {
  if (wanted === undefined) return undefined
  const type = mediaTypeOf(fieldOf(fields, 'content-type'))
  if (type === undefined) return `content type of the ${side} is not told, so it is not ${wanted.join(' or ')}`
  return wanted.some((pattern) => matchesType(pattern.toLowerCase(), type.essence))
    ? undefined
    : `content type of the ${side} is ${type.essence}, not ${wanted.join(' or ')}`
}

/** `*` stands for any run of characters, once in the subtype. */
function matchesType(pattern: string, essence: string): boolean {
  const star = pattern.indexOf('*')
  if (star < 0) return pattern === essence
  const head = pattern.slice(0, star)
  const tail = pattern.slice(star + 1)
  return essence.length >= head.length + tail.length && essence.startsWith(head) && essence.endsWith(tail)
}

interface Exists {
  readonly text: string
  readonly selector: Selector
}

function unmetExists(wanted: readonly Exists[], exchange: ExchangeValue): string | undefined {
  for (const { text, selector } of wanted) {
    const found = selector({ exchange, element: undefined })
    if (found.every((value) => value === null)) return `${text} finds ${found.length === 0 ? 'nothing' : 'only null'}`
  }
  return undefined
}
