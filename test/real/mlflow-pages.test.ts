// Files that somebody looks at and uploads on the pages of a real MLflow 3, once directly and once through the gateway.
import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { fieldOf } from '../../core/exchange.js'
import type { Subgraph } from '../../lineage/ports.js'
import { asked, expectAllPassed, expectSameSeen, linesOf, type ClientRun } from './support/client-run.js'
import { runTracking, volatile } from './support/tracking.js'

const got = {
  'run file': 'a curve',
  'model file': 'flavors: {}\n',
  'version file': 'flavors: {}\n',
  uploaded: 'fine so far',
}
const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`

describe('the pages of a real MLflow', () => {
  let direct: ClientRun
  let through: ClientRun

  before('directly', async () => {
    direct = await runTracking('pages.py', { gateway: false })
  })
  before('through the gateway', async () => {
    through = await runTracking('pages.py', { gateway: true })
  })
  after(() => through.waybill?.stop())

  /** The activity of the exchange whose target has this in it. */
  const call = (part: string) => {
    const found = through.outside.filter(({ target }) => target.includes(part))
    expect(
      found.map(({ status }) => status),
      part,
    ).to.deep.equal([200])
    return `service-call:${fieldOf(found[0]!.answerFields, 'waybill-exchange')}`
  }
  const custody = async (id: string) => {
    const found = await asked<Subgraph>(through, `custody/${encodeURIComponent(id)}`)
    return { lines: linesOf(found), gaps: found.gaps.map(({ reason }) => reason) }
  }
  const atRoot = (path: string, text: string) => `artifact:mlflow-artifacts://tracking/1/${path}@${sha256(text)}`
  const run = () => `training-run:tracking/${through.answer.ids['run']}`

  it('give the same through the gateway as directly', () => {
    expect(through.answer.got).to.deep.equal(got)
    expect(through.answer.got).to.deep.equal(direct.answer.got)
    expectSameSeen(direct, through, volatile)
    expectAllPassed(through)
  })

  it('lead who looks at a file to the run whose client sent it', async () => {
    const looked = call('/get-artifact?path=plots')
    const file = atRoot(`${through.answer.ids['run']}/artifacts/plots/roc é.txt`, 'a curve')
    const { lines, gaps } = await custody(looked)
    expect(lines).to.include.members([
      `${looked} used ${file}`,
      `${looked} informed-by ${run()}`,
      `${file} generated ${call('/artifacts/plots/')}`,
    ])
    expect(gaps).to.deep.equal([])
  })

  it('make what is uploaded there a file of the run, which a client reads', async () => {
    const file = atRoot(`${through.answer.ids['run']}/artifacts/notes/today.txt`, 'fine so far')
    const read = call('/artifacts/notes/today.txt')
    const uploaded = call('/upload-artifact?')
    expect((await custody(read)).lines).to.include.members([
      `${read} used ${file}`,
      `${file} generated ${uploaded}`,
      `${uploaded} informed-by ${run()}`,
    ])
  })

  it('lead from a file of a model to the model, and from one of a version to the version', async () => {
    const model = `logged-model:tracking@${through.answer.ids['model']}`
    const shown = call('/artifacts/files?')
    const file = atRoot(`models/${through.answer.ids['model']}/artifacts/MLmodel`, 'flavors: {}\n')
    expect((await custody(shown)).lines).to.include.members([
      `${shown} used ${file}`,
      `${shown} used ${model}`,
      `${model} generated ${run()}`,
    ])
    const looked = call('/model-versions/get-artifact?')
    expect((await custody(looked)).lines).to.include.members([
      `${looked} used model:tracking/churn@1`,
      `model:tracking/churn@1 derived ${model}`,
    ])
  })
})
