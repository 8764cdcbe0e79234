// Templates: text with `{selector}`s in it, for names, versions and ids. Parsed when the configuration loads. A template gives
// as many texts as its selectors find values; nothing where one of them finds none.
import { redacted } from '../core/redaction.js'
import type { JsonValue } from '../lineage/model/fact.js'
import type { Values } from './pairing.js'
import { compileFinder, SelectorError, selectorFault, type Finder, type Place } from './selectors.js'

export interface Template {
  readonly finders: readonly Finder[]
  /** one text for each set of values; empty where a selector finds nothing that can stand in a name */
  readonly fill: (found: (finder: Finder) => Values) => Texts
}

export interface Texts {
  readonly texts: readonly string[]
  /** two selectors found several values, or one of them one and the other several: nobody knows which belong together */
  readonly ambiguous: boolean
  /**
   * values found by what may find several (a query that is not singular, an array), those included that can stand in no name;
   * undefined where there is none of these: then the text holds for all that stands beside it
   */
  readonly several: number | undefined
  /** a text longer than `textLimit` was left out */
  readonly tooLong: boolean
}

type Part = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'selector'; readonly text: string }

export const noTexts: Texts = { texts: [], ambiguous: false, several: undefined, tooLong: false }

/** Names longer than this are mistakes (a body taken for a name), and would be copied into every answer. */
export const textLimit = 4_096

/** Undefined where `text` is a template; else what is wrong with it. */
export function templateFault(text: string): string | undefined {
  try {
    for (const part of partsOf(text)) {
      const fault = part.kind === 'selector' ? selectorFault(part.text) : undefined
      if (fault !== undefined) return `{${part.text}}: ${fault}`
    }
    return undefined
  } catch (error) {
    if (error instanceof SelectorError) return error.message
    throw error
  }
}

/** Throws SelectorError. */
export function compileTemplate(text: string, place: Place): Template {
  const parts = partsOf(text).map((part) => (part.kind === 'text' ? part.text : compileFinder(part.text, place)))
  const finders = parts.filter((part) => typeof part !== 'string')
  if (parts.every((part) => typeof part === 'string')) {
    const constant: Texts = { ...noTexts, texts: [parts.join('')] }
    return { finders, fill: () => constant }
  }
  const [only] = finders
  if (parts.length === 1 && only !== undefined) return { finders, fill: (found) => textsOf(found(only)) }
  const fill: Template['fill'] = (found) =>
    joined(parts.map((part) => (typeof part === 'string' ? part : textsOf(found(part)))))
  return { finders, fill }
}

function joined(parts: readonly (string | Texts)[]): Texts {
  const columns = parts.filter((part) => typeof part !== 'string')
  let tooLong = columns.some((column) => column.tooLong)
  if (columns.some(({ texts }) => texts.length === 0)) return { ...noTexts, tooLong }
  const several = columns.map((column) => column.several).filter((count) => count !== undefined)
  if (disagree(several)) return { ...noTexts, ambiguous: true }
  const texts: string[] = []
  for (let at = 0; at < Math.max(...columns.map((column) => column.texts.length)); at += 1) {
    const text = parts
      .map((part) => (typeof part === 'string' ? part : (part.texts[at] ?? part.texts[0] ?? '')))
      .join('')
    if (text.length <= textLimit) texts.push(text)
    else tooLong = true
  }
  return { texts, ambiguous: false, several: several[0], tooLong }
}

/** Whether nobody knows which values belong together where several queries found so many. */
export function disagree(several: readonly number[]): boolean {
  return several.length > 1 && several.some((count) => count > 1)
}

/** Scalars as text; an array counts as its elements (one level); null, objects and what was redacted as nothing. */
function textsOf({ values, single }: Values): Texts {
  const texts: string[] = []
  let tooLong = false
  const flat = values.some(Array.isArray) ? (values.flat() as readonly JsonValue[]) : values
  for (const value of flat) {
    if (typeof value === 'object') continue
    const text = String(value)
    if (text.length > textLimit) tooLong = true
    else if (text !== '' && text !== redacted) texts.push(text)
  }
  return { texts, ambiguous: false, several: single && flat === values ? undefined : flat.length, tooLong }
}

/** `{{` and `}}` stand for braces. Inside a selector, braces in quotes are part of it. */
function partsOf(text: string): readonly Part[] {
  const parts: Part[] = []
  let literal = ''
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at)
    if ((char === '{' || char === '}') && text.charAt(at + 1) === char) {
      literal += char
      at += 1
    } else if (char === '{') {
      const end = endOfSelector(text, at + 1)
      if (literal !== '') parts.push({ kind: 'text', text: literal })
      literal = ''
      parts.push({ kind: 'selector', text: text.slice(at + 1, end).trim() })
      at = end
    } else if (char === '}') throw new SelectorError('a `}` without its `{`; write `}}` for a brace')
    else literal += char
  }
  if (literal !== '' || parts.length === 0) parts.push({ kind: 'text', text: literal })
  return parts
}

function endOfSelector(text: string, from: number): number {
  let quote = ''
  for (let at = from; at < text.length; at += 1) {
    const char = text.charAt(at)
    if (quote === '') {
      if (char === '}') return at
      if (char === '"' || char === "'") quote = char
    } else if (char === '\\') at += 1
    else if (char === quote) quote = ''
  }
  throw new SelectorError('a `{` without its `}`; write `{{` for a brace')
}
