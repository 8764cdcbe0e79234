// Which of the values that several selectors find belong together: those of one element of an array that they share, as if
// `each` named it. Never goes by how many there are.
import type { JsonValue } from '../lineage/model/fact.js'
import type { Finder, Located, Scope } from './selectors.js'

/** What belongs together. */
export interface Group {
  readonly found: ReadonlyMap<Finder, Found>
  /** whether nobody knows which of these values belong together */
  readonly apart: boolean
}

/** What a selector found: all of it, or what it found in one element. */
interface Found {
  readonly located: readonly Located[]
  /** branches of its query that lead to that element */
  readonly level: number
}

export type Pairing = (scope: Scope, within: Group | undefined) => readonly Group[]

/** One group for each element that selectors share. Undefined where they share none, so that there is nothing to pair. */
export function compilePairing(finders: readonly Finder[]): Pairing | undefined {
  const bases = finders.flatMap(({ branches }) => branches[0]?.base ?? [])
  if (new Set(bases).size === bases.length) return undefined
  return (scope, within) => groupsOf(new Map(finders.map((finder) => [finder, foundBy(finder, scope, within)])))
}

function foundBy(finder: Finder, scope: Scope, within: Group | undefined): Found {
  const known = within?.found.get(finder)
  if (known !== undefined) return known
  if (finder.branches.length > 0) return { located: finder.locate(scope), level: 0 }
  return { located: finder.find(scope).map((value) => ({ value, location: [] })), level: 0 }
}

export interface Values {
  readonly values: readonly JsonValue[]
  /** whether there can be no more than one */
  readonly single: boolean
}

/** What belongs to the group, or all of it where the group says nothing of that selector. */
export function valuesOf(finder: Finder, scope: Scope, within: Group | undefined): Values {
  const found = within?.found.get(finder)
  if (found === undefined) return { values: finder.find(scope), single: finder.branches.length === 0 }
  const { located, level } = found
  return {
    values: located.map(({ value }) => value),
    single: level === finder.branches.length && located.length < 2,
  }
}

function groupsOf(found: Group['found']): readonly Group[] {
  const choosing = new Map<string, Finder[]>()
  let arrays = 0
  for (const [finder, { located, level }] of found) {
    const base = finder.branches[level]?.base
    if (base === undefined) arrays += located.some(({ value }) => Array.isArray(value) && value.length > 0) ? 1 : 0
    else if (located.length > 0) choosing.set(base, [...(choosing.get(base) ?? []), finder])
  }
  const shared = [...choosing.values()].filter((some) => some.length > 1).map((some) => elementsOf(some, found))
  const [elements] = shared
  if (elements === undefined || choosing.size + arrays > 1) {
    return [{ found, apart: shared.some(({ size }) => size > 1) }]
  }
  return [...elements.values()].flatMap((element) => groupsOf(new Map([...found, ...element])))
}

/** What the selectors found in each of the elements that they share. */
function elementsOf(sharing: readonly Finder[], all: Group['found']): ReadonlyMap<string, Group['found']> {
  const elements = new Map<string, Map<Finder, Found & { located: Located[] }>>()
  for (const finder of sharing) {
    const { located, level } = all.get(finder) ?? { located: [], level: 0 }
    const behind = finder.branches[level]?.behind ?? 0
    for (const one of located) {
      const key = JSON.stringify(one.location.slice(0, one.location.length - behind))
      let element = elements.get(key)
      if (element === undefined) {
        element = new Map(sharing.map((each) => [each, { located: [], level: (all.get(each)?.level ?? 0) + 1 }]))
        elements.set(key, element)
      }
      element.get(finder)?.located.push(one)
    }
  }
  return elements
}
