// Templates: text with `{selector}`s in it, for names, versions and ids. Parsed when the configuration loads. A template gives
// as many texts as its selectors find values; nothing where one of them finds none.
import { redacted } from '../core/redaction.js'
import type { JsonValue } from '../lineage/model/fact.js'
import { compileSelector, SelectorError, selectorFault, type Place, type Scope, type Selector } from './selectors.js'

/** One text for each set of values; empty where a selector finds nothing that can stand in a name. */
export type Template = (scope: Scope) => Texts

/** `ambiguous`: two selectors found several values each, so that nobody knows which belong together. */
export interface Texts {
  readonly texts: readonly string[]
  readonly ambiguous: boolean
}

type Part = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'selector'; readonly text: string }

export const noTexts: Texts = { texts: [], ambiguous: false }

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
  const parts = partsOf(text).map((part) => (part.kind === 'text' ? part.text : compileSelector(part.text, place)))
  if (parts.every((part) => typeof part === 'string')) {
    const constant: Texts = { texts: [parts.join('')], ambiguous: false }
    return () => constant
  }
  const [only] = parts
  if (parts.length === 1 && typeof only === 'function')
    return (scope) => ({ texts: textsOf(only(scope)), ambiguous: false })
  return (scope) => joined(parts, scope)
}

function joined(parts: readonly (string | Selector)[], scope: Scope): Texts {
  const columns = parts.map((part) => (typeof part === 'string' ? part : textsOf(part(scope))))
  const counts = columns.map((column) => (typeof column === 'string' ? 1 : column.length))
  if (counts.includes(0)) return noTexts
  if (counts.filter((count) => count > 1).length > 1) return { texts: [], ambiguous: true }
  const texts: string[] = []
  for (let at = 0; at < Math.max(...counts); at += 1) {
    const text = columns
      .map((column) => (typeof column === 'string' ? column : (column[at] ?? column[0] ?? '')))
      .join('')
    if (text.length <= textLimit) texts.push(text)
  }
  return { texts, ambiguous: false }
}

/** Scalars as text; an array counts as its elements (one level); null, objects and what was redacted as nothing. */
function textsOf(values: readonly JsonValue[]): readonly string[] {
  const texts: string[] = []
  for (const value of values) {
    if (!Array.isArray(value)) addText(value, texts)
    else for (const element of value as readonly JsonValue[]) addText(element, texts)
  }
  return texts
}

function addText(value: JsonValue, texts: string[]): void {
  if (typeof value === 'object') return
  const text = String(value)
  if (text !== '' && text !== redacted && text.length <= textLimit) texts.push(text)
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
