import { expect } from 'chai'
import fc from 'fast-check'
import { valueAt } from '../../../core/issue-text.js'
import { httpJsonOptions } from '../../../gatherers/http-json/schema.js'
import { judgeUse } from '../../../gatherers/judge.js'
import { mended } from '../../../gatherers/mended.js'
import { whenOptions } from '../../../gatherers/when-options.js'

const context = { route: 'r', service: { name: 's', kind: 'http', url: 'http://127.0.0.1' }, stripPrefix: '' }

describe('options that fail their schema', () => {
  it('keep every value that is right', () => {
    const right = { type: 'dataset', name: '{$.request.body.uri}' }
    const given = {
      agent: 7,
      used: [{ ...right, role: 5 }, 'text', { ...right, vrsion: 'x' }],
      derivd: [],
      bodyLimit: {},
    }
    const { used = [], ...rest } = mended(httpJsonOptions, given) ?? {}
    expect(rest).to.deep.equal({ agent: '$.request' })
    expect([used[0], used[2]]).to.deep.equal([{ ...right, role: '$.request' }, right])
  })

  it('of any shape are judged to an end, and a stand-in is never at fault', () => {
    const key = fc.constantFrom(
      'activity',
      'agent',
      'used',
      'each',
      'id',
      'type',
      'name',
      'facets',
      'path',
      'exists',
      'x',
    )
    const leaf = fc.oneof(fc.constantFrom('{$.a}', '$$.b', '{$.c[', '$.request'), fc.jsonValue({ maxDepth: 1 }))
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ maxDepth: 5 }, leaf, fc.dictionary(key, tie('tree')), fc.array(tie('tree'))),
    }))
    let told = 0
    fc.assert(
      fc.property(tree, tree, (options, when) => {
        const found = mended(whenOptions, when)
        if (found !== undefined) expect(whenOptions.safeParse(found).success).to.equal(true)
        for (const { path } of judgeUse({ gatherer: 'http-json', options, when }, context)) {
          expect(valueAt({ with: options, when }, path)).to.be.a('string')
          told += 1
        }
      }),
      { numRuns: 300 },
    )
    expect(told).to.be.greaterThan(0)
  })
})
