// How many examples property tests try: what each asks for, times WAYBILL_FUZZ in a soak.
const times = Number(process.env['WAYBILL_FUZZ'] ?? 1)

export function runs(count: number): number {
  return count * times
}
