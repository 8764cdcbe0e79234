// The example platform without any gateway: the services work on their own and do real work.
import { expect } from 'chai'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readDigits } from '../../examples/platform/digits.js'
import { correctLabel, trainAndAsk } from '../../examples/platform/scenario.js'
import { startPlatform, type Platform } from '../../examples/platform/start.js'

describe('the example platform, directly', () => {
  let dir: string
  let platform: Platform

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'platform-'))
    platform = await startPlatform({ dir })
  })

  afterEach(async () => {
    await platform.close()
    rmSync(dir, { recursive: true })
  })

  it('fits a model on over a thousand rows that beats the majority class by far', async () => {
    const { trained, answers, fresh } = await platform.playOnce()
    expect(fresh).to.equal(true)
    expect(trained.rows).to.be.above(1000)
    expect(trained.majority).to.be.below(0.2)
    expect(trained.accuracy).to.be.above(0.9)
    expect(answers.map(({ model }) => model)).to.deep.equal(answers.map(() => ({ name: 'digits', version: 1 })))
    expect(answers.map(({ exchange }) => exchange)).to.deep.equal(answers.map(() => null))
  })

  it('goes on where it was after a restart', async () => {
    const first = await platform.playOnce()
    await platform.close()
    platform = await startPlatform({ dir })
    expect(await platform.playOnce()).to.deep.equal({ ...first, fresh: false })
    const { digit } = readDigits().batches[3]?.[7] ?? { digit: 0 }
    await correctLabel(platform.addresses(), 'digits-04', { annotator: 'alice', row: 7, label: (digit + 1) % 10 })
    const again = await trainAndAsk(platform.addresses(), readDigits().unseen.slice(0, 1))
    expect(again.trained.model).to.deep.equal({ name: 'digits', version: 2 })
  })

  it('sends nothing for Waybill, nor mentions it', async () => {
    const fields = new Set<string>()
    for (const { server } of Object.values(platform.services)) {
      server.on('request', (request: { rawHeaders: string[] }) => {
        for (let at = 0; at < request.rawHeaders.length; at += 2)
          fields.add((request.rawHeaders[at] ?? '').toLowerCase())
      })
    }
    await platform.playOnce()
    expect([...fields].filter((name) => /waybill|trace|baggage|x-/.test(name))).to.deep.equal([])
    const folder = new URL('../../examples/platform/services/', import.meta.url)
    for (const file of readdirSync(folder)) {
      expect(readFileSync(new URL(file, folder), 'utf8'), file).not.to.match(/waybill/i)
    }
  })
})

describe('the digits data set', () => {
  it('is cut into six batches and what is kept back, no row lost', () => {
    const { batches, unseen } = readDigits()
    expect(batches).to.have.length(6)
    const sizes = [...batches, unseen].map((rows) => rows.length)
    expect(sizes.reduce((sum, size) => sum + size, 0)).to.equal(1797)
    expect(batches[0]?.[0]?.pixels).to.have.length(64)
  })
})
