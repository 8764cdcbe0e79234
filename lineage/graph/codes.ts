// The small integers that stand for fixed words in graph.db. Positions are part of the file's layout: append only, never
// reorder.
import type { By, Phase } from '../model/fact.js'
import type { LinkKind } from '../model/statement.js'

/** Facts that make an edge; the position is the code. */
export const linkKinds: readonly LinkKind[] = [
  'used',
  'generated',
  'derived',
  'informed-by',
  'associated-with',
  'attributed-to',
  'acted-on-behalf-of',
  'specialization-of',
  'same-content',
  'alias-of',
  'member-of',
  'invalidated',
  'reused',
]

/** Best established first: of several facts for one edge the one with the lowest position stands for it. */
export const bys: readonly By[] = ['observed', 'token', 'header', 'address', 'trace', 'name-at-time', 'asserted']

export const phases: readonly Phase[] = ['START', 'RUNNING', 'COMPLETE', 'FAIL', 'ABORT']

export const nodeKinds = ['entity', 'activity', 'agent'] as const

/** How a fact mentions a node, as `seen.kind` keeps it. */
export const seenAs = {
  /** an entity version made by an activity: it is current from then on */
  generated: 0,
  /** any other mention of an entity version */
  mentioned: 1,
  /** an entity version, or with a bare name all of them, that is no longer */
  invalidated: 2,
  /** a bare name that stands for the version current at that time */
  bare: 3,
  /** a node that stands for itself: activities, agents, plans, names as such */
  itself: 4,
} as const

export type SeenAs = (typeof seenAs)[keyof typeof seenAs]

/** Bits of `mark.part`: what an exchange was about, and on whose behalf its references speak. */
export const markParts = { root: 1, refers: 2 } as const

/** `edge.flags`: from the lowest bit on two for `bare`, three for `by`, five for the kind, then the fact's place in its leaf. */
export function edgeFlags(pos: number, { kind, by, bare }: { kind: LinkKind; by: By; bare: number }): number {
  return pos * 1024 + codeOf(kind) * 32 + codeOf(by) * 4 + bare
}

export function kindIn(flags: number): LinkKind {
  return linkKinds[(flags >> 5) & 31] ?? 'used'
}

export function byIn(flags: number): By {
  return bys[(flags >> 2) & 7] ?? 'observed'
}

/** Condition on an edge's row; takes no values. */
export function isKind(...kinds: readonly LinkKind[]): string {
  return `(edge.flags >> 5 & 31) IN (${kinds.map(codeOf).join(', ')})`
}

const codes = new Map(
  [linkKinds, bys, phases].flatMap((list) => list.map((word, code): [string, number] => [word, code])),
)

/** Code of a word of one of the lists above (their words are disjoint). */
export function codeOf(word: LinkKind | By | Phase): number {
  return codes.get(word) ?? -1
}
