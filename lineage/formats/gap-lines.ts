// Gaps as trees for people tell them, and the line of figures below a tree. Each gap of the graph is told once: at the node
// that it names where that is drawn, after the tree where it is not. Pure.
import type { GraphGap, Subgraph } from '../ports.js'
import { secondsOf } from './words.js'

/** A gap on a line under the node that it is at. */
export function gapNote({ reason, count, exact }: GraphGap): string {
  return `! ${reason}${timesOf(count, exact)}`
}

/** What goes below a tree in which the nodes `drawn` have their gaps under them: the other gaps, and how much there is. */
export function closingLines({ nodes, gaps, truncated }: Subgraph, drawn: ReadonlySet<string>): string[] {
  const elsewhere = gaps.filter(({ at }) => !drawn.has(at))
  const total = gaps.reduce((sum, { count }) => sum + count, 0)
  const said = total === 0 ? 'no gaps' : total === 1 ? '1 gap' : `${total} gaps`
  return [
    ...(elsewhere.length === 0 ? [] : ['', 'Also missing, or not certain:', ...elsewhere.map(gapLine)]),
    '',
    `${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}, ${said}${truncated ? '; cut short by a limit' : ''}`,
  ]
}

function gapLine({ reason, at, count, exact, time }: GraphGap): string {
  return `  ! ${reason} at ${at}${timesOf(count, exact)}, from ${secondsOf(time)} on`
}

function timesOf(count: number, exact: boolean): string {
  if (count === 1) return exact ? '' : ', at most once'
  return `, ${exact ? '' : 'at most '}${count} times`
}
