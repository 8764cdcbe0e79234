// The examples of docs/gatherers.md are options that compile.
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { compileUses } from '../../../gatherers/compile.js'
import type { GathererUse } from '../../../gatherers/contract.js'

interface Documented {
  readonly routes?: readonly { readonly match: { path: string }; readonly gather: readonly DocumentedUse[] }[]
}

interface DocumentedUse {
  readonly use: string
  readonly when?: GathererUse['when']
  readonly with: unknown
}

const page = readFileSync(new URL('../../../docs/gatherers.md', import.meta.url), 'utf8')
const examples = [...page.matchAll(/```yaml\n([^]*?)```/g)].map(([, text = '']) => parse(text) as Documented)

const context = { route: 'docs', service: { name: 'docs', kind: 'http', url: 'http://127.0.0.1' }, stripPrefix: '' }

describe('docs/gatherers.md', () => {
  it('has examples', () => {
    expect(examples).to.have.length.greaterThan(2)
  })

  for (const [at, { routes, ...options }] of examples.entries()) {
    it(`example ${at + 1} compiles`, () => {
      const given = routes ?? [{ match: { path: '/{project}/*' }, gather: [{ use: 'http-json', with: options }] }]
      for (const { match, gather } of given) {
        const uses = gather.map(({ use, when, with: inside }) => ({
          gatherer: use,
          options: inside,
          ...(when && { when }),
        }))
        expect(compileUses(uses, { ...context, path: match.path })).to.have.length(gather.length)
      }
    })
  }
})
