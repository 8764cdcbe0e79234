import { expect } from 'chai'
import { compileUses, needsOfAll } from '../../../gatherers/compile.js'
import { mlflowOptions } from '../../../gatherers/mlflow/options.js'
import { s3Options } from '../../../gatherers/s3/options.js'

const context = { route: 'r', service: { name: 's', kind: 'http', url: 'http://127.0.0.1' }, stripPrefix: '' }

describe('how much of a body s3 and mlflow read', () => {
  const read = (gatherer: string, options: object) =>
    JSON.stringify(needsOfAll(compileUses([{ gatherer, options }], context)))

  it('is a size or a number of bytes', () => {
    expect(read('s3', { documents: '256KiB' }))
      .to.include(`"bytes":${256 * 1024}`)
      .and.equal(read('s3', {}))
    expect(read('s3', { documents: '4KiB' }))
      .to.equal(read('s3', { documents: 4096 }))
      .and.include('"bytes":4096')
    expect(read('mlflow', { bodies: '1MiB' }))
      .to.include(`"bytes":${1024 * 1024}`)
      .and.equal(read('mlflow', {}))
    expect(read('mlflow', { bodies: '2MiB' })).to.include(`"bytes":${2 * 1024 * 1024}`)
  })

  it('is within limits, and told as a size where it is none', () => {
    const fault = (value: unknown) =>
      [s3Options.safeParse({ documents: value }), mlflowOptions.safeParse({ bodies: value })].map(({ error }) =>
        error?.issues.map(({ message }) => message).join(),
      )
    const limits = 'expected 1KiB to 16MiB'
    for (const outside of [1023, '1023B', 16 * 1024 * 1024 + 1, '17MiB']) {
      expect(fault(outside), String(outside)).to.deep.equal([limits, limits])
    }
    const none = 'expected a size such as 64KiB'
    expect(fault('lots')).to.deep.equal([none, none])
    for (const inside of [1024, '1KiB', '16MiB']) expect(fault(inside)).to.deep.equal([undefined, undefined])
  })
})
