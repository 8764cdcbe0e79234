// Canonical JSON as RFC 8785 has it: the form whose bytes are hashed. Takes plain data; never loses or guesses a value.

/** Members that are undefined are left out. Throws on what JSON has no form for (NaN, infinities, functions, bigint). */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`JSON has no form for ${value}`)
  if (typeof value !== 'object' || value === null) {
    const text = JSON.stringify(value) as string | undefined
    if (text === undefined) throw new TypeError(`JSON has no form for ${typeof value}`)
    return text
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members = value as Readonly<Record<string, unknown>>
  let text = ''
  // Sorted by UTF-16 code units (section 3.2.3), which is what sort() compares by.
  for (const name of Object.keys(members).sort()) {
    const member = members[name]
    if (member !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${canonicalJson(member)}`
  }
  return `{${text}}`
}
