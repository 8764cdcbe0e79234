// The peer of `bench:ingest`: a graph of the same facts in bare SQLite, as a program writes it that wants no more than nodes and
// edges. One thread, one transaction a batch, each synced; the ids of all nodes in memory. No record, no hash, no tenant, no
// second time, nothing to tell that an edge came twice: what it does not do is what the ledger and its graph are for.
import { join } from 'node:path'
import type { NodeId } from '../../core/ids.js'
import type { Fact, FactsLeaf } from '../../lineage/model/fact.js'
import { activityId, agentId, entityId } from '../../lineage/model/node-id.js'
import { linkOf, type Mention } from '../../lineage/model/statement.js'
import type { LeafBatch } from '../../lineage/ports.js'
import { openDatabase, type Database } from '../../lineage/sqlite/driver.js'

export interface BareGraph {
  /** is on disk when it returns */
  append(events: readonly BareEvent[]): void
  events(): number
  close(): void
}

export interface BareEvent {
  readonly body: string
  readonly facts: readonly Fact[]
}

/** The facts of a batch, taken apart before the clock runs. */
export function bareEvents({ bodies }: LeafBatch): BareEvent[] {
  return bodies.flatMap((body) => {
    const leaf = JSON.parse(body) as Pick<FactsLeaf, 'kind' | 'gathered'> | { kind: 'exchange' }
    return leaf.kind === 'facts' ? [{ body, facts: leaf.gathered.flatMap(({ facts }) => facts) }] : []
  })
}

const tables = `
  CREATE TABLE event (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
  CREATE TABLE node (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE edge (src INTEGER NOT NULL, dst INTEGER NOT NULL, kind TEXT NOT NULL, event INTEGER NOT NULL) STRICT;
  CREATE INDEX edge_up ON edge (src);
  CREATE INDEX edge_down ON edge (dst);
  CREATE TABLE state (activity INTEGER NOT NULL, phase TEXT NOT NULL, started INTEGER, ended INTEGER) STRICT;
  CREATE INDEX state_of ON state (activity);`

export function openBareGraph(dir: string): BareGraph {
  const file = join(dir, 'bare.db')
  const db = openDatabase(file, { readonly: false, synchronous: 'FULL', pageSize: 8_192 })
  db.checkpointAfter(4_000 * 8_192)
  db.exec(tables)
  const write = writer(db)
  return {
    append: (events) => {
      db.transaction(() => {
        for (const event of events) write(event)
      })
    },
    events: () => db.prepare<{ events: number }>('SELECT count(*) AS events FROM event').get()?.events ?? 0,
    close: () => db.close(),
  }
}

function writer(db: Database): (event: BareEvent) => void {
  const nodes = new Map<NodeId, number>()
  const insertEvent = db.prepare('INSERT INTO event VALUES (?, ?)')
  const insertNode = db.prepare('INSERT INTO node VALUES (?, ?)')
  const insertEdge = db.prepare('INSERT INTO edge VALUES (?, ?, ?, ?)')
  const insertState = db.prepare('INSERT INTO state VALUES (?, ?, ?, ?)')
  let events = 0
  const idOf = (mention: Mention): number => {
    const key = keyOf(mention)
    const known = nodes.get(key)
    if (known !== undefined) return known
    const id = nodes.size + 1
    nodes.set(key, id)
    insertNode.run(id, key)
    return id
  }
  return ({ body, facts }) => {
    events += 1
    insertEvent.run(events, body)
    for (const fact of facts) {
      const link = linkOf(fact)
      if (link !== undefined) insertEdge.run(idOf(link.from), idOf(link.to), link.kind, events)
      else if (fact.kind === 'state') {
        const activity = idOf({ kind: 'activity', ref: fact.activity })
        insertState.run(activity, fact.phase, fact.startedAt ?? null, fact.endedAt ?? null)
      }
    }
  }
}

function keyOf(mention: Mention): NodeId {
  if (mention.kind === 'entity') return entityId(mention.ref)
  return mention.kind === 'activity' ? activityId(mention.ref) : agentId(mention.ref)
}
