import { expect } from 'chai'
import { compileUses } from '../../../gatherers/compile.js'
import { gatherExchange } from '../../../gatherers/gather.js'
import type { EntityRef, JsonValue } from '../../../lineage/model/fact.js'
import { exchangeOf } from '../../support/exchanges.js'

const context = {
  route: 'train',
  service: { name: 'trainer', kind: 'http', url: 'http://127.0.0.1:7001' },
  stripPrefix: '',
  path: '/train/*',
}

function gatheredBy(options: object, body: JsonValue) {
  const uses = compileUses([{ gatherer: 'http-json', options }], context)
  const [made] = gatherExchange(uses, exchangeOf({}, { body }))
  return { facts: made?.facts ?? [], gaps: made?.gaps ?? [] }
}

const written = ({ name, version }: EntityRef) => (version === undefined ? name : `${name}@${version}`)

/** What an item of `used` makes of an answer; its selectors start at the body. */
function used(item: { name: string; version?: string; role?: string; required?: boolean }, body: JsonValue) {
  const whole = Object.entries(item).map(([key, value]) => [key, typeof value === 'string' ? ofBody(value) : value])
  const { facts, gaps } = gatheredBy({ used: [{ type: 'model', ...Object.fromEntries(whole) }] }, body)
  const names = facts.map((fact) =>
    fact.kind === 'used' ? written(fact.entity) + (fact.role === undefined ? '' : ` as ${fact.role}`) : fact.kind,
  )
  return [...names, ...gaps.map(({ reason, about }) => `${reason} ${about.slice(0, about.indexOf(':'))}`)]
}

const ofBody = (text: string) => text.replaceAll('{$', '{$.response.body')

describe('values of templates that belong together', () => {
  const item = { name: '{$.items[*].name}', version: '{$.items[*].version}' }

  it('are those of one element', () => {
    const items = [{ name: 'a', version: 1 }, { version: 2 }, { name: 'c' }, { name: 'd', version: 4 }, {}]
    expect(used(item, { items })).to.deep.equal(['a@1', 'c', 'd@4'])
    expect(used(item, { items: [{ name: 'a' }, { version: '1' }] })).to.deep.equal(['a'])
    expect(used(item, { items: { x: { version: 1, name: 'a' }, y: { name: 'b' } } })).to.deep.equal(['a@1', 'b'])
    expect(used({ ...item, version: '{$.run}' }, { items, run: 7 })).to.deep.equal(['a@7', 'c@7', 'd@7'])
    expect(used(item, { items: [] })).to.deep.equal([])
  })

  it('leave a gap for what an element lacks where the item is required', () => {
    const required = { ...item, required: true }
    const lacks = ['selector-empty used[0].version', 'selector-empty used[0].name']
    expect(used(required, { items: [{ name: 'a' }, { version: '1' }] })).to.deep.equal(['a', ...lacks])
    expect(used(required, { items: [{ name: 'a', version: 1 }, {}] })).to.deep.equal(['a@1'])
    expect(used(required, { items: [] })).to.deep.equal([...lacks].reverse())
  })

  it('are those of one element within one template too', () => {
    const name = '{$.items[*].name}/{$.items[*].part}'
    expect(used({ name }, { items: [{ name: 'a', part: 1 }, { name: 'b' }, { part: 3 }] })).to.deep.equal(['a/1'])
    expect(used({ name }, { items: [{ name: 'a' }, { part: 3 }] })).to.deep.equal([])
    const activity = { type: 'job', id: '1', facets: { parts: ofBody(name) } }
    const { facts } = gatheredBy({ activity }, { items: [{ name: 'a', part: 1 }, { part: 2 }, { name: 'c', part: 3 }] })
    expect(facts[0]).to.deep.include({ facet: 'parts', value: ['a/1', 'c/3'] })
  })

  it('are found however selectors choose elements', () => {
    const items = [{ name: 'a' }, { name: 'b', version: 2, final: true }, { final: true, version: 3 }]
    for (const [name, version] of [
      ['{$.items[*].name}', '{$.items[?@.final].version}'],
      ["{$['items'][:].name}", '{$.items[1,2].version}'],
      ['{$..name}', '{$..version}'],
      ['{$..items[*].name}', '{$..items[?@.final == true].version}'],
    ] as const) {
      expect(used({ name, version }, { items }), name).to.deep.equal(['a', 'b@2'])
    }
    expect(used({ name: '{$..a..name}', version: '{$..a..version}' }, { a: { name: 'a', version: 1 } })).to.deep.equal([
      'a@1',
    ])
  })

  it('hold for each of several values of their element, also of arrays in it', () => {
    const name = '{$.items[*].name}'
    const items = [
      { name: 'a', tags: ['x', 'y'] },
      { name: 'b', tags: [] },
      { name: 'c', tags: ['z'] },
    ]
    for (const role of ['{$.items[*].tags[*]}', '{$.items[*].tags}']) {
      expect(used({ name, role }, { items }), role).to.deep.equal(['a as x', 'a as y', 'b', 'c as z'])
    }
    const deep = { name: '{$.a[*].b[*].n}', version: '{$.a[*].b[*].v}', role: '{$.a[*].r}' }
    const a = [{ r: 'x', b: [{ n: 1, v: 1 }, { n: 2 }] }, { b: [{ v: 3 }, { n: 4, v: 4 }] }]
    expect(used(deep, { a })).to.deep.equal(['1@1 as x', '2 as x', '4@4'])
  })

  it('are not known where other selectors find several as well', () => {
    const apart = (role: string) => [`version-ambiguous used[0].${role}`]
    const items = [{ name: 'a' }, { version: 1 }]
    const withRole = { ...item, role: '{$.roles[*]}' }
    expect(used(withRole, { items, roles: ['x'] })).to.deep.equal(apart('role'))
    expect(used({ ...item, role: '{$.roles}' }, { items, roles: ['x', 'y'] })).to.deep.equal(apart('version'))
    expect(used(withRole, { items: [{ name: 'a', version: 1 }], roles: ['x', 'y'] })).to.deep.equal(apart('role'))
    expect(used(withRole, { items: [{ name: 'a', version: 1 }], roles: ['x'] })).to.deep.equal(['a@1 as x'])
    expect(used(withRole, { items, roles: [] })).to.deep.equal(['a'])
    const inOne = { name: '{$.items[*].a[*]}', version: '{$.items[*].b[*]}' }
    const both = [
      { a: [1, 2], b: [3, 4] },
      { a: [5], b: [6] },
    ]
    expect(used(inOne, { items: both })).to.deep.equal(['5@6', 'version-ambiguous used[0].version'])
  })

  it('are linked by their element', () => {
    const end = (name: string) => ({ type: 'file', name: ofBody(name) })
    const files = [{ to: 'a', from: 'b' }, { to: 'c' }, { from: 'd' }, { to: 'e', from: 'f' }]
    const pairs = (options: object) =>
      gatheredBy(options, { files, inputs: ['x', 'y'] }).facts.map((fact) => {
        if (fact.kind === 'derived') return `${fact.entity.name} < ${fact.source.name}`
        if (fact.kind === 'alias-of') return `${fact.entity.name} = ${fact.other.name}`
        return fact.kind === 'acted-on-behalf-of' ? `${fact.agent.id} for ${fact.principal.id}` : fact.kind
      })
    const [entity, source] = [end('{$.files[*].to}'), end('{$.files[*].from}')]
    expect(pairs({ derived: [{ entity, source }] })).to.deep.equal(['a < b', 'e < f'])
    expect(pairs({ links: [{ kind: 'alias-of', entity, other: source }] })).to.deep.equal(['a = b', 'e = f'])
    expect(pairs({ derived: [{ entity, source: end('{$.inputs[*]}') }] })).to.deep.equal(
      ['a', 'c', 'e'].flatMap((name) => [`${name} < x`, `${name} < y`]),
    )
    const agent = { id: ofBody('{$.files[*].to}'), onBehalfOf: ofBody('{$.files[*].from}') }
    expect(pairs({ agent }).filter((fact) => fact !== 'attributed-to')).to.deep.equal(['a for b', 'e for f'])
  })
})
