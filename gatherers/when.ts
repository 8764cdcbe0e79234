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
  /** whether the conditions on status, content and existence hold */
  holds(exchange: ObservedExchange, value: () => ExchangeValue): boolean
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
    if (typeof selector === 'function') return [selector]
    faults.push({ path: inList ? ['when', 'exists', at] : ['when', 'exists'], message: selector })
    return []
  })
  return {
    misses: (method, path) => {
      if (methods?.includes(method.toUpperCase()) === false) return `method is not ${methods.join(' or ')}`
      return pattern === undefined || pattern.match(path) !== undefined
        ? undefined
        : `path does not match ${when.path ?? ''}`
    },
    holds: (exchange, value) => {
      const { request, response } = exchange.record
      if (statuses !== undefined && !statuses.some((status) => hasStatus(status, response?.status))) return false
      if (!hasContent(listOf(when.content?.request), request.fields)) return false
      if (!hasContent(listOf(when.content?.response), response?.fields ?? [])) return false
      return exists.length === 0 || existsAll(exists, value())
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

function hasStatus(status: string, given: number | undefined): boolean {
  if (given === undefined) return false
  return status.endsWith('xx') ? Math.floor(given / 100) === Number(status[0]) : Number(status) === given
}

function hasContent(patterns: readonly string[] | undefined, fields: RawFields): boolean {
  if (patterns === undefined) return true
  const type = mediaTypeOf(fieldOf(fields, 'content-type'))
  return type !== undefined && patterns.some((pattern) => matchesType(pattern.toLowerCase(), type.essence))
}

/** `*` stands for any run of characters, once in the subtype. */
function matchesType(pattern: string, essence: string): boolean {
  const star = pattern.indexOf('*')
  if (star < 0) return pattern === essence
  const head = pattern.slice(0, star)
  const tail = pattern.slice(star + 1)
  return essence.length >= head.length + tail.length && essence.startsWith(head) && essence.endsWith(tail)
}

function existsAll(selectors: readonly Selector[], exchange: ExchangeValue): boolean {
  return selectors.every((selector) => selector({ exchange, element: undefined }).some((value) => value !== null))
}
