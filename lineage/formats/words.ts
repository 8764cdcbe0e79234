// Ids and times as pictures and trees show them. Pure.
import type { GraphNode } from '../ports.js'

/** Long digests cut to their first twelve digits, unless whole ids are asked for. */
export function shortId(id: string, full = false): string {
  return full ? id : id.replace(/[0-9a-f]{20,}/gi, (digits) => `${digits.slice(0, 12)}…`)
}

/** When it was: `2026-11-23 18:04:05`, for activities to its end, with the phase where that is not COMPLETE. */
export function stretchOf({ time, facets }: GraphNode): string {
  const state = facets['state'] as { phase?: string; startedAt?: string | null; endedAt?: string | null } | undefined
  const started = secondsOf(state?.startedAt ?? time)
  const ended = secondsOf(state?.endedAt ?? null)
  const phase = state?.phase === undefined || state.phase === 'COMPLETE' ? '' : ` ${state.phase}`
  if (started === '') return phase.trim()
  if (ended === '' || ended === started) return `${started}${phase}`
  const sameDay = ended.slice(0, 10) === started.slice(0, 10)
  return `${started} – ${sameDay ? ended.slice(11) : ended}${phase}`
}

function secondsOf(time: string | null): string {
  return time === null ? '' : time.slice(0, 19).replace('T', ' ')
}
