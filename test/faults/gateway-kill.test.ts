import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { killGateways } from '../support/gateway-kills.js'
import { tellFigures } from '../support/soak-figures.js'

const kills = Number(process.env['WAYBILL_KILLS'] ?? 20)
const seed = Number(process.env['WAYBILL_KILL_SEED'] ?? Date.now() % 1_000_000_007)

describe('kill -9 of the whole gateway under load', function () {
  this.timeout(120_000 + kills * 15_000)
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'waybill-gateway-kill-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  it(`leaves a record or a named gap for every effect, and a record for every answer, ${kills} times`, async () => {
    console.log(`      WAYBILL_KILL_SEED=${seed}`)
    const figures = await killGateways({ dir, seed, kills, connections: 32 })
    tellFigures({ ...figures })
    expect(figures.answers).to.be.greaterThan(0)
    expect(figures.named, 'exchanges that were under way').to.be.greaterThan(0)
  })
})
