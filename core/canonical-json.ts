// Canonical JSON as RFC 8785 has it: the form whose bytes are hashed. Takes plain data; never loses or guesses a value.

/**
 * Members that are undefined are left out. Throws on what JSON has no form for (NaN, infinities, functions, bigint).
 *
 * JSON.stringify writes members in the order in which an object holds them, so it is enough to hand it one that holds them
 * sorted; that costs a third of joining texts. Only keys that JavaScript orders by itself (array indices) need the long way.
 */
export function canonicalJson(value: unknown): string {
  const ordered = inOrder(value)
  if (ordered === unorderable) return joined(value)
  const text = JSON.stringify(ordered) as string | undefined
  if (text === undefined) throw formless(value)
  return text
}

const unorderable = Symbol('keys that an object cannot hold in canonical order')

/** The value itself where it is in order already, else an ordered copy. */
function inOrder(value: unknown): unknown {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw formless(value)
    return value
  }
  if (typeof value !== 'object') throw formless(value)
  return Array.isArray(value) ? itemsInOrder(value) : membersInOrder(value as Readonly<Record<string, unknown>>)
}

function itemsInOrder(items: readonly unknown[]): unknown {
  let copy: unknown[] | undefined
  for (let at = 0; at < items.length; at += 1) {
    const item = items[at]
    if (typeof item === 'string') continue
    const ordered = inOrder(item)
    if (ordered === unorderable) return unorderable
    if (ordered !== item) (copy ??= [...items])[at] = ordered
  }
  return copy ?? items
}

function membersInOrder(members: Readonly<Record<string, unknown>>): unknown {
  let sorted = true
  let before = ''
  // No array of names for what is in order already; a name from a prototype only sends it the long way.
  for (const name in members) {
    const first = name.charCodeAt(0)
    if ((first >= 48 && first <= 57) || name === '__proto__') return unorderable
    if (name < before) sorted = false
    before = name
  }
  if (!sorted) return sortedMembers(members)
  let copy: Record<string, unknown> | undefined
  for (const name in members) {
    const member = members[name]
    if (typeof member === 'string' || member === undefined) continue
    const ordered = inOrder(member)
    if (ordered === unorderable) return unorderable
    if (ordered !== member) (copy ??= { ...members })[name] = ordered
  }
  return copy ?? members
}

/** Sorted by UTF-16 code units (section 3.2.3), which is what sort() compares by. */
function sortedMembers(members: Readonly<Record<string, unknown>>): unknown {
  const copy: Record<string, unknown> = {}
  for (const name of Object.keys(members).sort()) {
    const member = members[name]
    const ordered = member === undefined ? undefined : inOrder(member)
    if (ordered === unorderable) return unorderable
    copy[name] = ordered
  }
  return copy
}

function joined(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(inOrder(value))
  if (Array.isArray(value)) return `[${value.map(joined).join(',')}]`
  const members = value as Readonly<Record<string, unknown>>
  const texts: string[] = []
  for (const name of Object.keys(members).sort()) {
    const member = members[name]
    if (member !== undefined) texts.push(`${JSON.stringify(name)}:${joined(member)}`)
  }
  return `{${texts.join(',')}}`
}

function formless(value: unknown): TypeError {
  return new TypeError(`JSON has no form for ${typeof value === 'number' ? String(value) : typeof value}`)
}
