// The tables of graph.db: the set of facts with interned ids, nothing merged and nothing overwritten. What merges
// (states, facets, aliases, names at a time, generations) is derived by the queries, so that any two times can be asked for.
import type { Migrations } from '../sqlite/migrations.js'

export const graphFile = 'graph.db'

/** A time later than every other: `until` of a leaf that nothing supersedes, and the default of both query times + 1. */
export const endOfTime = Number.MAX_SAFE_INTEGER

/** Raised when tables change or the same leaves make other rows: an older file is then dropped and rebuilt. */
export const projectionVersion = 3

/**
 * `position` is the last leaf that was projected, and by which `projectionVersion`.
 * `leaf` is one generation of an exchange's facts; it stands from `recorded` until a higher generation was recorded. The
 * first (0) has the id of its exchange, so that it needs no index; later ones, which are rare, have ids below zero.
 * `leaf.loose`: it holds gaps and no fact, so that no node leads to it.
 * `edge.flags`: see codes.ts; its lowest bits are `bare`: 1 the source, 2 the target is a bare name that stands for the
 * version current at `time`. `edge_down` holds all columns, so that a walk down reads nothing else.
 * `mark.part` has bits: 1 none of the leaf's own edges leads to the node: what the exchange as a whole was about;
 * 2 the exchange's references speak for it: its activities, or what it was about where it has none.
 * `seen` says when and in which leaf a node was mentioned. It goes by the node and not by its name: what is new is mentioned
 * most, and new ids lie together, where a name's versions would each be on a page of their own. Those `versionsOf` finds.
 */
export const graphMigrations: Migrations = [
  `CREATE TABLE position (
     id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, recorded INTEGER NOT NULL, projection INTEGER NOT NULL
   ) STRICT;
   INSERT INTO position VALUES (1, 0, 0, ${projectionVersion});
   CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
   CREATE TABLE node (id INTEGER PRIMARY KEY, key TEXT NOT NULL, kind INTEGER NOT NULL, name INTEGER, UNIQUE (key, kind)) STRICT;
   CREATE TABLE exchange (
     id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, route INTEGER, tenant INTEGER, started INTEGER, recorded INTEGER,
     closed INTEGER, gathers INTEGER NOT NULL DEFAULT 0, lost INTEGER NOT NULL DEFAULT 0, pending INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE INDEX exchange_pending ON exchange (route) WHERE pending = 1;
   CREATE TABLE leaf (
     id INTEGER PRIMARY KEY, exchange INTEGER NOT NULL, generation INTEGER NOT NULL, route INTEGER NOT NULL,
     tenant INTEGER NOT NULL, recorded INTEGER NOT NULL, until INTEGER NOT NULL, loose INTEGER NOT NULL
   ) STRICT;
   CREATE UNIQUE INDEX leaf_regathered ON leaf (exchange, generation) WHERE generation > 0;
   CREATE INDEX leaf_loose ON leaf (route) WHERE loose = 1;
   CREATE TABLE mark (leaf INTEGER NOT NULL, node INTEGER NOT NULL, time INTEGER NOT NULL, bare INTEGER NOT NULL,
     part INTEGER NOT NULL, PRIMARY KEY (leaf, node)) STRICT, WITHOUT ROWID;
   CREATE TABLE edge (
     src INTEGER NOT NULL, time INTEGER NOT NULL, leaf INTEGER NOT NULL, flags INTEGER NOT NULL, dst INTEGER NOT NULL,
     role INTEGER, PRIMARY KEY (src, time, leaf, flags)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX edge_down ON edge (dst, time, role);
   CREATE TABLE seen (
     node INTEGER NOT NULL, kind INTEGER NOT NULL, time INTEGER NOT NULL, leaf INTEGER NOT NULL,
     PRIMARY KEY (node, kind, time, leaf)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE digest (node INTEGER NOT NULL, digest INTEGER NOT NULL, name INTEGER NOT NULL,
     PRIMARY KEY (node, digest)) STRICT, WITHOUT ROWID;
   CREATE INDEX digest_by ON digest (digest, name);
   CREATE TABLE digest_seen (node INTEGER NOT NULL, digest INTEGER NOT NULL, time INTEGER NOT NULL, leaf INTEGER NOT NULL,
     PRIMARY KEY (node, digest, time, leaf)) STRICT, WITHOUT ROWID;
   CREATE TABLE alias (node INTEGER NOT NULL, other INTEGER NOT NULL, time INTEGER NOT NULL, leaf INTEGER NOT NULL,
     PRIMARY KEY (node, other, time, leaf)) STRICT, WITHOUT ROWID;
   CREATE TABLE state (
     activity INTEGER NOT NULL, time INTEGER NOT NULL, leaf INTEGER NOT NULL, pos INTEGER NOT NULL,
     phase INTEGER NOT NULL, started INTEGER, ended INTEGER,
     PRIMARY KEY (activity, time, leaf, pos)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE facet (
     node INTEGER NOT NULL, time INTEGER NOT NULL, leaf INTEGER NOT NULL, pos INTEGER NOT NULL, bare INTEGER NOT NULL,
     name INTEGER NOT NULL, value TEXT NOT NULL,
     PRIMARY KEY (node, time, leaf, pos)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE reference (exchange INTEGER NOT NULL, target BLOB NOT NULL, PRIMARY KEY (exchange, target)) STRICT, WITHOUT ROWID;
   CREATE INDEX reference_target ON reference (target);
   CREATE TABLE gap (
     id INTEGER PRIMARY KEY, key TEXT UNIQUE, reason TEXT NOT NULL, at TEXT NOT NULL, exchange INTEGER, leaf INTEGER,
     tenant INTEGER, "from" INTEGER NOT NULL, count INTEGER NOT NULL, exact INTEGER NOT NULL, recorded INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX gap_at ON gap (at);
   CREATE INDEX gap_exchange ON gap (exchange) WHERE exchange IS NOT NULL;
   CREATE INDEX gap_leaf ON gap (leaf) WHERE leaf IS NOT NULL;`,
]

/** Rows `(id)` of the versions of the name with this row: their keys are the name's, `@` and a version (model/node-id.ts). */
export function versionsOf(name: string): string {
  return `SELECT version.id FROM node bare CROSS JOIN node version
    ON version.key > bare.key || '@' AND version.key < bare.key || 'A' AND version.name = bare.id WHERE bare.id = ${name}`
}

/** Condition on `leaf`: that it is a generation of the exchange with this row. */
export function isLeafOf(exchange: string): string {
  return `(leaf.id = ${exchange} OR (leaf.generation > 0 AND leaf.exchange = ${exchange}))`
}
