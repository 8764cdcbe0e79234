// Golden pairs: options and an exchange in, facts and gaps out. A change in any of them is a change for those who use it.
import { expect } from 'chai'
import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { compileUses } from '../../gatherers/compile.js'
import type { GathererUse } from '../../gatherers/contract.js'
import { gatherExchange } from '../../gatherers/gather.js'
import { exchangeOf, type Sent } from '../support/exchanges.js'

interface Pair {
  readonly about: string
  /** the route's path */
  readonly path: string
  readonly gather: { readonly when?: GathererUse['when']; readonly with: unknown }
  readonly request: Sent & { readonly lines?: readonly string[] }
  readonly response: Sent & { readonly gzip?: boolean; readonly lines?: readonly string[] }
  readonly facts: readonly unknown[]
  readonly gaps: readonly unknown[]
}

/** Bodies that JSON cannot hold as they are: text of several lines, and compressed ones. */
function sent({ lines, gzip, body, ...rest }: Pair['response']): Sent {
  if (lines !== undefined) return { ...rest, body: lines.join('\r\n') }
  if (gzip === true) return { ...rest, body: gzipSync(JSON.stringify(body)) }
  return body === undefined ? rest : { ...rest, body }
}

describe('http-json golden pairs', () => {
  const folder = new URL('http-json/', import.meta.url)
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
    const pair = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Pair
    it(`${file}: ${pair.about}`, () => {
      const { when, with: options } = pair.gather
      const uses = compileUses([{ gatherer: 'http-json', options, ...(when === undefined ? {} : { when }) }], {
        route: 'golden',
        service: { name: 'service', kind: 'http', url: 'http://127.0.0.1:7001' },
        stripPrefix: '',
        path: pair.path,
      })
      const made = gatherExchange(uses, exchangeOf(sent(pair.request), sent(pair.response)))
      const plain = JSON.parse(JSON.stringify(made)) as { facts: unknown[]; gaps: unknown[] }[]
      const facts = plain.flatMap((one) => one.facts)
      const gaps = plain.flatMap((one) => one.gaps)
      expect({ facts, gaps }).to.deep.equal({ facts: pair.facts, gaps: pair.gaps })
    })
  }
})
