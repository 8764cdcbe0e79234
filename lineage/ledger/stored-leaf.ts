// A leaf as it lies in a segment: its text, taken apart when somebody asks. Of an exchange record the graph needs eight
// members out of twenty, and finds them without reading the rest. Never guesses: a text that is not as expected is parsed.
import type { ExchangeId, Micros } from '../../core/ids.js'
import type { Tenant } from '../../core/tenant.js'
import type { Leaf, LeanLeaf, RecordedLeaf, RecordHead } from '../model/leaf.js'

/** The segment that leaves are read from. */
export interface LeafSource {
  readonly recorded: Micros
  readonly readHead: ReadHead
  idOf(seq: number): string
  bodyOf(seq: number): string
}

/** Undefined where the text has to be parsed. */
export type ReadHead = (id: string, body: string) => RecordHead | undefined

/** Holds no text: thousands of them wait at a time to be projected. */
export class StoredLeaf implements RecordedLeaf {
  readonly seq: number
  readonly recorded: Micros
  private readonly source: LeafSource
  private parsed: Leaf | undefined

  constructor(seq: number, source: LeafSource) {
    this.seq = seq
    this.recorded = source.recorded
    this.source = source
  }

  get leaf(): Leaf {
    return (this.parsed ??= JSON.parse(this.source.bodyOf(this.seq)) as Leaf)
  }

  lean(): LeanLeaf {
    if (this.parsed !== undefined) return this.parsed
    const body = this.source.bodyOf(this.seq)
    return this.source.readHead(this.source.idOf(this.seq), body) ?? (JSON.parse(body) as LeanLeaf)
  }
}

const phases = { opening: 'opening', progress: 'progress', closing: 'closing' } as const
const named = /^x\/([0-9a-f]{32})\/(opening|progress|closing)(?:\/|$)/

/**
 * Members in canonical order: …, gatherers, headAt, …, references, request, …, route, service, …, startedAt, tenant, traceId.
 * Inside a string a quotation mark has a backslash before it, so that `,"name":` is a member wherever it stands; none of
 * those that are looked for has a namesake in `claim`, before the first of them, or in `tenant`, behind the last.
 */
export function createHeadReader(): ReadHead {
  const tenantIn = remembering((text) => JSON.parse(text) as Tenant)
  const gatherersIn = remembering((text) => JSON.parse(text) as string[])
  // Never a part of the body itself: whoever keeps that would keep the segment that it was cut from.
  const routeIn = remembering((text) => JSON.parse(text) as string)
  return (id, body) => {
    const name = named.exec(id)
    if (name === null) return undefined
    const gatherers = between(body, ',"gatherers":', ',"headAt":', 0)
    const references = between(body, ',"references":', ',"request":', 0)
    const route = between(body, ',"route":', ',"service":', body.lastIndexOf(',"route":'))
    const startedAt = between(body, ',"startedAt":', ',"tenant":', body.lastIndexOf(',"startedAt":'))
    const tenant = between(body, ',"tenant":', ',"traceId":', body.lastIndexOf(',"tenant":'))
    if (gatherers === '' || references === '' || route === '' || startedAt === '' || tenant === '') return undefined
    return {
      kind: 'exchange',
      id: name[1] as ExchangeId,
      phase: phases[name[2] as keyof typeof phases],
      route: routeIn(route),
      tenant: tenantIn(tenant),
      startedAt: Number(startedAt) as Micros,
      gatherers: gatherersIn(gatherers),
      references: references === '[]' ? [] : (JSON.parse(references) as ExchangeId[]),
    }
  }
}

/** Empty where it is not there. */
function between(text: string, before: string, after: string, from: number): string {
  const found = text.indexOf(before, from)
  if (from < 0 || found < 0) return ''
  const start = found + before.length
  const end = text.indexOf(after, start)
  return end < 0 ? '' : text.slice(start, end)
}

/** The last answer once more, where the question is the same: most exchanges of a ledger are alike in it. */
function remembering<T>(read: (text: string) => T): (text: string) => T {
  let last = ''
  let answer: T | undefined
  return (text) => {
    if (answer === undefined || text !== last) {
      answer = read(text)
      last = text
    }
    return answer
  }
}
