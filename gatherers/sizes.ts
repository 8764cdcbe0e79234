// Sizes as gatherers' options write them.
const units: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 * 1024 }

/** Bytes of `64KiB`, or of a plain number; the schema has checked the shape. */
export function bytesOf(size: number | string): number {
  if (typeof size === 'number') return size
  const [, count = '0', unit = 'B'] = /^(\d+)(B|KiB|MiB)$/.exec(size) ?? []
  return Number(count) * (units[unit] ?? 1)
}
