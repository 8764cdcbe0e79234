// Reads S3's XML documents: small trees of text. Safe settings: a document type is refused, so there are no entities but
// XML's five and numbers; numbers, booleans and white space stay text, since keys are made of anything.
import { XMLParser } from 'fast-xml-parser'

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  parseTagValue: false,
  processEntities: false,
  removeNSPrefix: true,
  trimValues: false,
})

export interface XmlDocument {
  readonly root: string
  /** text of the element `name` below the root */
  text(name: string): string | undefined
  /** for each element `name` below the root: its children's texts */
  each(name: string): readonly ReadonlyMap<string, string>[]
}

/** Undefined where `bytes` are no document with one root, or hold a document type. Well-formedness is the service's to check. */
export function xmlOf(bytes: Uint8Array): XmlDocument | undefined {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8').trim()
  if (!source.startsWith('<') || source.includes('<!DOCTYPE') || source.includes('<!ENTITY')) return undefined
  const roots = parsed(source)
  if (roots?.length !== 1) return undefined
  const [root, content] = roots[0] ?? ['', null]
  return {
    root,
    text: (name) => textOf(childOf(content, name)),
    each: (name) => listOf(childOf(content, name)).map(textsOf),
  }
}

function parsed(source: string): (readonly [string, unknown])[] | undefined {
  try {
    const tree: unknown = parser.parse(source)
    if (!isTree(tree)) return undefined
    return Object.entries(tree).filter(([name]) => name !== '#text')
  } catch {
    return undefined
  }
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function childOf(content: unknown, name: string): unknown {
  return isTree(content) && Object.hasOwn(content, name) ? content[name] : undefined
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}

function textsOf(element: unknown): ReadonlyMap<string, string> {
  if (!isTree(element)) return new Map()
  const texts = Object.entries(element).map(([name, value]) => [name, textOf(value)] as const)
  return new Map(texts.filter((pair): pair is [string, string] => pair[1] !== undefined))
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? decoded(value) : undefined
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function decoded(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w+));/g, (whole, decimal, hex, name) => {
    if (typeof name === 'string') return named[name] ?? whole
    const point = typeof decimal === 'string' ? Number(decimal) : Number.parseInt(String(hex), 16)
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole
  })
}
