// Two workspaces of a real MLflow 3 server, each with a registered model of the same name.
import { expect } from 'chai'
import type { Subgraph } from '../../lineage/ports.js'
import { asked, expectAllPassed, expectSameSeen, type ClientRun } from './support/client-run.js'
import { runTracking, volatile } from './support/tracking.js'

const server = ['--enable-workspaces']

describe('a real MLflow with workspaces', () => {
  let direct: ClientRun
  let through: ClientRun

  before('directly', async () => {
    direct = await runTracking('workspaces.py', { gateway: false, server })
  })
  before('through the gateway', async () => {
    through = await runTracking('workspaces.py', { gateway: true, server })
  })
  after(() => through.waybill?.stop())

  it('gives the client the same through the gateway as directly', () => {
    expect(through.answer.got).to.deep.equal({ default: '1', 'team-a': '1' })
    expect(through.answer.got).to.deep.equal(direct.answer.got)
    expectSameSeen(direct, through, volatile)
    expectAllPassed(through)
  })

  it('keeps the versions of both apart, by name and by alias', async () => {
    for (const [workspace, name] of [
      ['default', 'tracking/churn'],
      ['team-a', 'tracking/team-a/churn'],
    ] as const) {
      const { edges } = await asked<Subgraph>(through, `custody/${encodeURIComponent(`model-alias:${name}/champion`)}`)
      const made = edges.filter(({ from, kind }) => from === `model:${name}@1` && kind === 'generated')
      expect(made.map(({ to }) => to)).to.deep.equal([`training-run:tracking/${through.answer.ids[workspace]}`])
    }
  })
})
