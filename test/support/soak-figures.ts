// Figures of a test that a soak adds up: printed, and appended to the file that WAYBILL_SOAK_FIGURES names.
import { appendFileSync } from 'node:fs'

export function tellFigures(figures: Readonly<Record<string, number>>): void {
  const line = JSON.stringify(figures)
  console.log(`      ${line}`)
  const file = process.env['WAYBILL_SOAK_FIGURES']
  if (file !== undefined) appendFileSync(file, `${line}\n`)
}
