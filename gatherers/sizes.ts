// Sizes as gatherers' options write them.
import { z } from 'zod'

const shape = /^(\d+)(B|KiB|MiB)$/

/** A number of bytes, or text with a unit: `64KiB`. */
export const size = z.union([z.int().min(0), z.string().regex(shape, 'expected a size such as 64KiB')])

const [least, most] = [1024, 16 * 1024 * 1024]

/** How much of a body a gatherer of XML or JSON may ask for. Of what is no size at all, that alone is told. */
export const documentSize = size.refine(
  (value) => (typeof value === 'string' && !shape.test(value)) || (bytesOf(value) >= least && bytesOf(value) <= most),
  'expected 1KiB to 16MiB',
)

const units: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 * 1024 }

/** Bytes of `64KiB`, or of a plain number; the schema has checked the shape. */
export function bytesOf(size: number | string): number {
  if (typeof size === 'number') return size
  const [, count = '0', unit = 'B'] = shape.exec(size) ?? []
  return Number(count) * (units[unit] ?? 1)
}
