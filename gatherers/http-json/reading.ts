// What the compiled parts of `http-json` share: where a part stands in the options (for errors at load), what is at hand while
// one exchange is read, and how several templates become rows. Never guesses which values belong together.
import type { ExchangeRecord } from '../../core/exchange.js'
import type { ActivityRef, Fact, GathererGap } from '../../lineage/model/fact.js'
import type { ObservedExchange, OptionFault } from '../contract.js'
import { isType } from '../../lineage/model/node-id.js'
import { compilePairing, valuesOf, type Group, type Pairing } from '../pairing.js'
import { compileSelector, SelectorError, type Finder, type Place, type Scope, type Selector } from '../selectors.js'
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
  /** what belongs together of what selectors find; undefined where all of it is read */
  readonly group: Group | undefined
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
  return compiledAt(site, () => compileTemplate(text, site.place)) ?? { finders: [], fill: () => noTexts }
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
  readonly pairing: Pairing | undefined
  readonly label: string
  /** of a node's type: what would make another node's id is none */
  readonly ofType?: true
}

export function columnAt(text: string, site: Site): Column
export function columnAt(text: string | undefined, site: Site): Column | undefined
export function columnAt(text: string | undefined, site: Site): Column | undefined {
  if (text === undefined) return undefined
  const template = templateAt(text, site)
  return { template, pairing: compilePairing(template.finders), label: `${labelOf(site)}: ${text}` }
}

export function typeAt(text: string, site: Site): Column
export function typeAt(text: string | undefined, site: Site): Column | undefined
export function typeAt(text: string | undefined, site: Site): Column | undefined {
  const column = columnAt(text, site)
  return column && { ...column, ofType: true }
}

/** `read`, once for each set of values that belong together of what `finders` find. */
export function inPairs(finders: readonly Finder[], read: (reading: Reading) => void): (reading: Reading) => void {
  const pairing = compilePairing(finders)
  return (reading) => readingsOf(pairing, reading).forEach(read)
}

/** A reading for each set of values that belong together. */
function readingsOf(pairing: Pairing | undefined, reading: Reading): readonly Reading[] {
  if (pairing === undefined) return [reading]
  return pairing(reading.scope, reading.group).map((group) => ({ ...reading, group }))
}

/** What a template that stands alone finds; gaps for what is ambiguous and what is left out because of its length. */
export function textsAt(column: Column, reading: Reading): readonly string[] {
  return readingsOf(column.pairing, reading).flatMap((one) => {
    if (column.pairing === undefined || one.group?.apart !== true) return filledAt(column, one).texts
    ambiguousGap(column, reading.sink)
    return []
  })
}

function filledAt(column: Column, { scope, group, sink }: Reading): Texts {
  const filled = column.template.fill((finder) => valuesOf(finder, scope, group))
  if (filled.ambiguous) ambiguousGap(column, sink)
  if (filled.tooLong)
    sink.gap({ reason: 'facts-limited', about: `${column.label}: a text past ${textLimit} characters` })
  return filled
}

function ambiguousGap({ label }: Column, sink: Sink): void {
  sink.gap({ reason: 'version-ambiguous', about: `${label}: several values beside several others; use each` })
}

export interface Rows<Name extends string> {
  readonly rows: readonly Readonly<Partial<Record<Name, string>>>[]
  /** labels of the templates that found nothing at all */
  readonly empty: readonly string[]
}

export type Columns<Name extends string> = Readonly<Record<Name, Column | undefined>>

export function findersOf(columns: Columns<string>): readonly Finder[] {
  return Object.values(columns).flatMap((column) => column?.template.finders ?? [])
}

/** The rows of each element that templates share; where they share none, of the whole. */
export function compileRows<Name extends string>(columns: Columns<Name>): (reading: Reading) => Rows<Name> {
  const pairing = compilePairing(findersOf(columns))
  const last = Object.values<Column | undefined>(columns).findLast(mayBeSeveral)
  if (pairing === undefined || last === undefined) return (reading) => rowsIn(columns, reading)
  const rowsOf = (reading: Reading): Rows<Name> => {
    if (reading.group?.apart !== true) return rowsIn(columns, reading)
    ambiguousGap(last, reading.sink)
    return { rows: [], empty: [] }
  }
  return (reading) => {
    const all = readingsOf(pairing, reading).map(rowsOf)
    return { rows: all.flatMap(({ rows }) => rows), empty: all.flatMap(({ empty }) => empty) }
  }
}

function mayBeSeveral(column: Column | undefined): boolean {
  return column?.template.finders.some(({ branches }) => branches.length > 0) === true
}

/**
 * One row for each value of the one template that may find several; what can only be one stands in every row. Where there are
 * two that may and one finds several, there are no rows and a gap says so: `each` is the way to tell which belong together.
 */
function rowsIn<Name extends string>(columns: Columns<Name>, reading: Reading): Rows<Name> {
  const row: Partial<Record<Name, string>> = {}
  const empty: string[] = []
  const several: number[] = []
  let many: { readonly name: Name; readonly texts: readonly string[] } | undefined
  for (const name in columns) {
    const column = columns[name]
    if (column === undefined) continue
    const found = filledAt(column, reading)
    const texts = fitting(found.texts, column, reading)
    const [first] = texts
    if (first === undefined && found.texts.length > 0) return { rows: [], empty: [] }
    if (first !== undefined && found.several !== undefined) several.push(found.several)
    const apart = disagree(several)
    if (apart) ambiguousGap(column, reading.sink)
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
