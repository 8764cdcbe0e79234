// What the compiled parts of `http-json` share: where a part stands in the options (for errors at load), what is at hand while
// one exchange is read, and how several templates become rows. Never guesses which values belong together.
import type { ExchangeRecord } from '../../core/exchange.js'
import type { ActivityRef, Fact, GathererGap } from '../../lineage/model/fact.js'
import type { ObservedExchange, OptionFault } from '../contract.js'
import { isType } from '../../lineage/model/node-id.js'
import { compileSelector, SelectorError, type Place, type Scope, type Selector } from '../selectors.js'
import { compileTemplate, disagree, noTexts, textLimit, type Template, type Texts } from '../templates.js'
import { typeFault } from './schema.js'

/** Where in the options something is compiled, and what it asks for. */
export interface Site {
  readonly path: readonly (string | number)[]
  readonly place: Place
  /** bodies whose SHA-256 is asked for */
  readonly digests: { request: boolean; response: boolean }
  /** what is wrong with the options, as it is found: all of it is told at once */
  readonly faults: OptionFault[]
}

/** One exchange while it is read. */
export interface Reading {
  readonly exchange: ObservedExchange
  readonly record: ExchangeRecord
  readonly scope: Scope
  readonly sink: Sink
  /** what the facts without an activity of their own are about */
  readonly activities: readonly ActivityRef[]
}

export interface Sink {
  add(fact: Fact): void
  gap(gap: GathererGap): void
  /** what stands at `label` found nothing; a gap where it is required */
  empty(label: string, required: boolean): void
}

export function siteAt(site: Site, ...keys: readonly (string | number)[]): Site {
  return { ...site, path: [...site.path, ...keys] }
}

/** `used[0].name` */
export function labelOf(site: Site): string {
  return site.path.reduce<string>((label, key) => {
    if (typeof key === 'number') return `${label}[${key}]`
    return label === '' ? key : `${label}.${key}`
  }, '')
}

function templateAt(text: string, site: Site): Template {
  return compiledAt(site, () => compileTemplate(text, site.place)) ?? (() => noTexts)
}

export function selectorAt(text: string, site: Site): Selector {
  return compiledAt(site, () => compileSelector(text, site.place)) ?? (() => [])
}

function compiledAt<T>(site: Site, compile: () => T): T | undefined {
  try {
    return compile()
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error
    site.faults.push({ path: site.path, message: error.message })
    return undefined
  }
}

/** A template with its place in words. */
export interface Column {
  readonly template: Template
  readonly label: string
  /** of a node's type: what would make another node's id is none */
  readonly ofType?: true
}

export function columnAt(text: string, site: Site): Column
export function columnAt(text: string | undefined, site: Site): Column | undefined
export function columnAt(text: string | undefined, site: Site): Column | undefined {
  return text === undefined ? undefined : { template: templateAt(text, site), label: `${labelOf(site)}: ${text}` }
}

export function typeAt(text: string, site: Site): Column
export function typeAt(text: string | undefined, site: Site): Column | undefined
export function typeAt(text: string | undefined, site: Site): Column | undefined {
  const column = columnAt(text, site)
  return column && { ...column, ofType: true }
}

/** What a template finds; gaps for what is ambiguous and what is left out because of its length. */
export function textsAt(column: Column, reading: Reading): Texts {
  const found = column.template(reading.scope)
  if (found.ambiguous) ambiguousGap(column, reading)
  if (found.tooLong) {
    reading.sink.gap({ reason: 'facts-limited', about: `${column.label}: a text past ${textLimit} characters` })
  }
  return found
}

function ambiguousGap({ label }: Column, { sink }: Reading): void {
  sink.gap({ reason: 'version-ambiguous', about: `${label}: several values beside several others; use each` })
}

export interface Rows<Name extends string> {
  readonly rows: readonly Readonly<Partial<Record<Name, string>>>[]
  /** labels of the templates that found nothing at all */
  readonly empty: readonly string[]
}

/**
 * One row for each value of the one template that may find several; what can only be one stands in every row. Where there are
 * two that may and one finds several, there are no rows and a gap says so: `each` is the way to tell which belong together.
 */
export function rowsOf<Name extends string>(
  columns: Readonly<Record<Name, Column | undefined>>,
  reading: Reading,
): Rows<Name> {
  const row: Partial<Record<Name, string>> = {}
  const empty: string[] = []
  const several: number[] = []
  let many: { readonly name: Name; readonly texts: readonly string[] } | undefined
  for (const name in columns) {
    const column = columns[name]
    if (column === undefined) continue
    const found = textsAt(column, reading)
    const texts = fitting(found.texts, column, reading)
    const [first] = texts
    if (first === undefined && found.texts.length > 0) return { rows: [], empty: [] }
    if (first !== undefined && found.several !== undefined) several.push(found.several)
    const apart = disagree(several)
    if (apart) ambiguousGap(column, reading)
    if (apart || found.ambiguous) return { rows: [], empty: [] }
    if (texts.length > 1) many = { name, texts }
    else if (first !== undefined) row[name] = first
    else if (!found.tooLong) empty.push(column.label)
  }
  if (many === undefined) return { rows: [row], empty }
  const { name, texts } = many
  return { rows: texts.map((text) => ({ ...row, [name]: text })), empty }
}

function fitting(found: readonly string[], { ofType, label }: Column, { sink }: Reading): readonly string[] {
  if (ofType === undefined || found.every(isType)) return found
  sink.gap(emptyGap(`${label}: ${typeFault}`))
  return found.filter(isType)
}

/** Runs `read` for every element that `each` finds, or once. Says whether there was anything to read. */
export type EachReader = (reading: Reading, read: (reading: Reading) => void) => boolean

export function eachAt(text: string | undefined, site: Site): { readonly each: EachReader; readonly inner: Site } {
  if (text === undefined) {
    const once: EachReader = (reading, read) => {
      read(reading)
      return true
    }
    return { each: once, inner: site }
  }
  const selector = selectorAt(text, siteAt(site, 'each'))
  const fromRequest = text.includes('.request') || (!text.startsWith('$$') && site.place.fromRequest)
  const place: Place = { ...site.place, element: true, fromRequest }
  const many: EachReader = (reading, read) => {
    const elements = selector(reading.scope)
    for (const element of elements) read({ ...reading, scope: { ...reading.scope, element } })
    return elements.length > 0
  }
  return { each: many, inner: { ...site, place } }
}

export function emptyGap(about: string): GathererGap {
  return { reason: 'selector-empty', about }
}
