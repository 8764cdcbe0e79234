// The tables of ledger.db. Append only: triggers refuse what would change or remove a segment. Everything but `segment` can
// be made again from it.
import type { Migrations } from '../sqlite/migrations.js'

/**
 * A segment is the leaves of one commit (or a part of them, where they are many): `first` is the seq of its first leaf; seqs
 * count from 1 without holes: leaf index of the Merkle log + 1. `directory`, `hashes`, `bodies`: see segment.ts.
 * `place` finds the leaves of an exchange: `key` is the number of its first 52 bits (of a gap without an exchange: of its
 * id's hash), `seqs` are numbers with commas between; several exchanges may share a key, and a seq may stand there twice.
 * It is filled behind the segments, in order of its keys: `placed.seq` says up to which leaf it is whole (see places.ts).
 * `leaf` shows the leaves one by one, for people and tests.
 * `dropped` counts, as the commit log counts what it takes, the leaves that were there already when they came again: with as many
 * of them as lie before it a place in the log is a seq (see taken.ts).
 * Checkpoints and the sidecar for personal data come as later migrations: docs/decisions/0009-ledger-in-segments.md.
 */
export const ledgerMigrations: Migrations = [
  `CREATE TABLE segment (
     first INTEGER PRIMARY KEY, recorded INTEGER NOT NULL, directory TEXT NOT NULL, hashes BLOB NOT NULL, bodies BLOB NOT NULL
   ) STRICT;
   CREATE TRIGGER segment_never_changes BEFORE UPDATE ON segment BEGIN SELECT RAISE(ABORT, 'the ledger is append only'); END;
   CREATE TRIGGER segment_never_goes BEFORE DELETE ON segment BEGIN SELECT RAISE(ABORT, 'the ledger is append only'); END;
   CREATE TABLE place (key INTEGER PRIMARY KEY, seqs TEXT NOT NULL) STRICT;
   CREATE TABLE placed (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL) STRICT;
   INSERT INTO placed VALUES (1, 0);
   CREATE VIEW leaf AS
     SELECT segment.first + one.key AS seq,
       CASE substr(one.value ->> 1, 1, 1) WHEN 'x' THEN 'exchange' WHEN 'f' THEN 'facts' ELSE 'gap' END AS kind,
       CASE WHEN one.value ->> 1 LIKE 'g/%' THEN one.value ->> 2 ELSE substr(one.value ->> 1, 3, 32) END AS exchange,
       CASE WHEN one.value ->> 1 LIKE 'g/%' THEN one.value ->> 1
         ELSE substr(one.value ->> 1, 1, 2) || substr(one.value ->> 1, 36) END AS part,
       segment.recorded, substr(segment.hashes, one.key * 32 + 1, 32) AS hash,
       CAST(substr(segment.bodies, 1 + before.value, (one.value ->> 0) - before.value) AS TEXT) AS body
     FROM segment CROSS JOIN json_each(segment.directory) one CROSS JOIN json_each(json_array(
       CASE one.key WHEN 0 THEN 0 ELSE segment.directory ->> ('$[' || (one.key - 1) || '][0]') END)) before;
   CREATE TABLE probe (id INTEGER PRIMARY KEY CHECK (id = 1), count INTEGER NOT NULL) STRICT;
   INSERT INTO probe VALUES (1, 0);`,
  `CREATE TABLE dropped (taken INTEGER PRIMARY KEY) STRICT;
   DROP TABLE probe;`,
]

export const ledgerFile = 'ledger.db'
