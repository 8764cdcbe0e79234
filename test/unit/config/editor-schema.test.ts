// What an editor is told of waybill.yaml: a reference to the environment may stand for any value.
import { expect } from 'chai'
import { editorSchema } from '../../../scripts/editor-schema.js'

const object = (properties: Record<string, unknown>) => ({ type: 'object', properties, additionalProperties: false })
const either = (narrow: unknown) => ({ anyOf: [narrow, { $ref: '#/$defs/environment' }] })

describe('the schema for editors', () => {
  it('takes ${NAME} wherever not any text may stand, and leaves the rest as it is', () => {
    const port = { type: 'integer', minimum: 0 }
    const kind = { type: 'string', enum: ['http', 's3'] }
    const { properties, $defs } = editorSchema(
      object({
        port: { ...port, description: 'TCP port.', default: 0 },
        services: { type: 'object', additionalProperties: object({ kind, url: { type: 'string' } }) },
        required: { type: 'boolean' },
        use: { type: 'string', const: 's3' },
        methods: { anyOf: [kind, { type: 'array', items: kind }] },
      }),
    )
    expect(properties).to.deep.equal({
      port: { ...either(port), description: 'TCP port.', default: 0 },
      services: { type: 'object', additionalProperties: object({ kind: either(kind), url: { type: 'string' } }) },
      required: either({ type: 'boolean' }),
      use: { type: 'string', const: 's3' },
      methods: { anyOf: [either(kind), { type: 'array', items: either(kind) }] },
    })
    const { environment } = $defs as { environment: { pattern: string } }
    const reference = new RegExp(environment.pattern)
    expect(['${PORT}', 'x-${NAME:-api}'].every((text) => reference.test(text))).to.equal(true)
    expect(['${}', '$NAME', '8080'].some((text) => reference.test(text))).to.equal(false)
  })
})
