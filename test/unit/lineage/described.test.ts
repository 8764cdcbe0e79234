import { expect } from 'chai'
import type { z } from 'zod'
import { openapiOf } from '../../../control/openapi.js'
import { lineageEndpoints } from '../../../lineage/endpoints.js'
import type { CustodyParts } from '../../../lineage/custody.js'

interface Described {
  readonly paths: Record<string, { get: { parameters: { name: string; schema: object }[] } }>
}

describe('the description of lineage operations', () => {
  const endpoints = lineageEndpoints({} as CustodyParts)
  const described = openapiOf(endpoints, { version: '0' }) as unknown as Described
  const schemaOf = (path: string, name: string) =>
    described.paths[path]?.get.parameters.find((one) => one.name === name)?.schema
  const takes = (path: string, query: object) => {
    const schema = endpoints.find((one) => one.path === path)?.query as z.ZodType
    return schema.safeParse(query).success
  }

  it('says that counts are whole numbers, and the bounds that hold', () => {
    const path = '/v1/custody/{node}'
    expect(schemaOf(path, 'depth')).to.deep.equal({ type: 'integer', minimum: 1, maximum: 1_000 })
    expect(['0', '1', '1000', '1001', '1.5', 'x'].map((depth) => takes(path, { depth }))).to.deep.equal([
      false,
      true,
      true,
      false,
      false,
      false,
    ])
    expect(schemaOf('/v1/entities', 'limit')).to.deep.equal({ type: 'integer', minimum: 1, maximum: 1_000 })
  })

  it('says which texts are times', () => {
    expect(schemaOf('/v1/entities', 'asOf')).to.deep.equal({ type: 'string', format: 'date-time' })
  })
})
