// The tables of ledger.db. Append only: triggers refuse what would change or remove a leaf. One index serves both the
// identity of a leaf and the search by exchange; its random keys are what an append costs most.
import type { Migrations } from '../sqlite/migrations.js'

/**
 * `seq` counts from 1 without holes: leaf index of the Merkle log + 1. (exchange, part) is the leaf's identity:
 * `part` is the leaf's id without the exchange's (`x/closing`, `f/0`, `g/<gap id>`), `exchange` 16 bytes, or none for a gap
 * that belongs to no exchange. `hash` is RFC 6962's leaf hash of canonical JSON {"body":…,"recorded":…}.
 * Checkpoints and the sidecar for personal data come as later migrations: docs/decisions/0008-ledger-layout.md.
 */
export const ledgerMigrations: Migrations = [
  `CREATE TABLE leaf (
     seq INTEGER PRIMARY KEY,
     kind TEXT NOT NULL CHECK (kind IN ('exchange', 'facts', 'gap')),
     exchange BLOB NOT NULL,
     part TEXT NOT NULL,
     recorded INTEGER NOT NULL,
     hash BLOB NOT NULL,
     body TEXT NOT NULL
   ) STRICT;
   CREATE UNIQUE INDEX leaf_identity ON leaf (exchange, part);
   CREATE TRIGGER leaf_never_changes BEFORE UPDATE ON leaf BEGIN SELECT RAISE(ABORT, 'the ledger is append only'); END;
   CREATE TRIGGER leaf_never_goes BEFORE DELETE ON leaf BEGIN SELECT RAISE(ABORT, 'the ledger is append only'); END;
   CREATE TABLE probe (id INTEGER PRIMARY KEY CHECK (id = 1), count INTEGER NOT NULL) STRICT;
   INSERT INTO probe VALUES (1, 0);`,
]

export const ledgerFile = 'ledger.db'
