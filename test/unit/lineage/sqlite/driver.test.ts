import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../../../lineage/sqlite/driver.js'
import { commitsOf, createDiskFaults, setDiskFull } from '../../../../lineage/sqlite/faults.js'
import { migrate } from '../../../../lineage/sqlite/migrations.js'

describe('sqlite driver', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-sqlite-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  it('commits what a transaction did, and nothing of one that throws', () => {
    const database = openDatabase(join(dir, 'a.db'), { readonly: false, synchronous: 'FULL' })
    migrate(database, ['CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT'])
    const insert = database.prepare('INSERT INTO t VALUES (?)')
    database.transaction(() => insert.run(1))
    expect(() =>
      database.transaction(() => {
        insert.run(2)
        throw new Error('no')
      }),
    ).to.throw('no')
    expect(database.prepare<{ n: number }>('SELECT n FROM t').all()).to.deep.equal([{ n: 1 }])
    expect(database.pragma('synchronous')).to.equal(2)
    expect(database.pragma('journal_mode')).to.equal('wal')
    database.close()
  })

  it('goes on with a transaction that was left open, and takes all of it back when one throws', () => {
    const faults = createDiskFaults()
    const database = openDatabase(join(dir, 'a.db'), { readonly: false, synchronous: 'FULL', faults })
    database.exec('CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT')
    const insert = database.prepare('INSERT INTO t VALUES (?)')
    const rows = (): unknown => database.prepare('SELECT n FROM t').all()
    database.transaction(() => insert.run(1), true)
    database.transaction(() => insert.run(2), true)
    expect(commitsOf(faults)).to.equal(0)
    database.transaction(() => insert.run(3))
    expect(commitsOf(faults)).to.equal(1)
    database.transaction(() => insert.run(4), true)
    expect(() => database.transaction(() => insert.run(1))).to.throw('UNIQUE')
    expect(rows()).to.deep.equal([{ n: 1 }, { n: 2 }, { n: 3 }])
    database.transaction(() => insert.run(5), true)
    setDiskFull(faults, true)
    expect(() => database.commit()).to.throw('full')
    setDiskFull(faults, false)
    database.commit()
    database.transaction(() => insert.run(6), true)
    database.commit()
    expect(rows()).to.deep.equal([{ n: 1 }, { n: 2 }, { n: 3 }, { n: 6 }])
    expect(commitsOf(faults)).to.equal(2)
    database.close()
  })

  it('keeps what a statement may have to take back in memory, not in a file of its own', () => {
    const database = openDatabase(join(dir, 'a.db'), { readonly: false, synchronous: 'FULL' })
    expect(database.pragma('temp_store')).to.equal(2)
    database.close()
  })

  it('runs each migration once and refuses a newer file', () => {
    const file = join(dir, 'a.db')
    const first = openDatabase(file, { readonly: false, synchronous: 'FULL' })
    migrate(first, ['CREATE TABLE t (n INTEGER) STRICT'])
    migrate(first, ['CREATE TABLE t (n INTEGER) STRICT', 'ALTER TABLE t ADD COLUMN m INTEGER'])
    expect(first.pragma('user_version')).to.equal(2)
    expect(() => migrate(first, ['CREATE TABLE t (n INTEGER) STRICT'])).to.throw('has layout 2')
    first.close()
  })

  it('fails like a full disk when a test says so, and works again afterwards', () => {
    const faults = createDiskFaults()
    const database = openDatabase(join(dir, 'a.db'), { readonly: false, synchronous: 'FULL', faults })
    database.exec('CREATE TABLE t (n INTEGER) STRICT')
    const insert = database.prepare('INSERT INTO t VALUES (?)')
    setDiskFull(faults, true)
    expect(() => database.transaction(() => insert.run(1))).to.throw('full')
    setDiskFull(faults, false)
    database.transaction(() => insert.run(2))
    expect(database.prepare('SELECT n FROM t').all()).to.deep.equal([{ n: 2 }])
    expect(commitsOf(faults)).to.equal(1)
    database.close()
  })
})
