// The options of `http-json`. Schema and descriptions only: the reference page, the editor's JSON Schema and the types come from
// here. What a schema cannot see (whether a selector's root exists where it stands) compile() checks.
import { z } from 'zod'
import { isType } from '../../lineage/model/node-id.js'
import { selectorFault } from '../selectors.js'
import { size } from '../sizes.js'
import { templateFault } from '../templates.js'

function faultCheck(faultOf: (text: string) => string | undefined) {
  return (text: string, context: z.RefinementCtx<string>) => {
    const fault = faultOf(text)
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault })
  }
}

const template = z.string().min(1).superRefine(faultCheck(templateFault))

/** In words, for the configuration and for what a template gives. */
export const typeFault = 'a type has no `:`, no `@`, no spaces and no control characters'

/** What stands between the selectors of a type; what they find is looked at when they find it. */
function typeTemplateFault(text: string): string | undefined {
  const literal = text.replace(/\{(?:[^{}'"]|'[^']*'|"[^"]*")*\}/g, '')
  return templateFault(text) ?? (literal === '' || isType(literal) ? undefined : typeFault)
}

const typeTemplate = z.string().min(1).superRefine(faultCheck(typeTemplateFault))
const selector = z.string().min(1).superRefine(faultCheck(selectorFault))

const each = selector
  .optional()
  .describe(
    'Selector: one result for each value that it finds. In the templates beside it `$` is that value and `$$` the exchange.',
  )
const required = z
  .boolean()
  .optional()
  .describe(
    'Whether a selector that finds nothing leaves the gap `selector-empty`. Default: false, the fact is left out.',
  )
const role = template.optional().describe('What the thing was to the activity, e.g. `training-data`.')

/** A facet: a text is a template, or one whole selector (starts with `$`) whose JSON value is taken as it is. */
export type FacetValue = string | number | boolean | { readonly [name: string]: FacetValue }
const facetValue: z.ZodType<FacetValue> = z.lazy(() =>
  z.union([
    z.string().superRefine(faultCheck((text) => (text.startsWith('$') ? selectorFault(text) : templateFault(text)))),
    z.number(),
    z.boolean(),
    z.record(z.string(), facetValue),
  ]),
)
const facets = z
  .record(z.string().min(1), facetValue)
  .optional()
  .describe(
    'Facets that describe it, by name. A value is a selector (`$.request.body.params`: the JSON value as it is), a template, a number, a boolean, or an object of these. What finds nothing is left out.',
  )

const digest = z.union([
  template,
  z.strictObject({
    body: z.enum(['request', 'response']).describe('The body whose SHA-256 is the digest; computed beside the proxy.'),
  }),
])

const entityFields = {
  type: typeTemplate.describe('Type of the entity, e.g. `dataset`, `model`, `annotation-set`.'),
  name: template.describe('Name, by OpenLineage’s naming where there is a rule, e.g. `s3://lake/a.csv`.'),
  version: template.optional().describe('External version: what the service calls it, e.g. `3` or an ETag.'),
  digest: digest
    .optional()
    .describe('`<algorithm>:<hex>` of its content; or `{ body: response }` for the SHA-256 of a whole body.'),
  facets,
}

export const entityOptions = z.strictObject(entityFields)
const entityItem = z.strictObject({ each, ...entityFields, role, required })

const derivedItem = z.strictObject({
  each,
  entity: entityOptions.describe('What was made.'),
  source: entityOptions.describe('What it was made from.'),
  transformation: template.optional().describe('How, e.g. `identity`, `aggregation`.'),
  fields: z
    .record(z.string(), z.array(z.string()).min(1))
    .optional()
    .describe('Field of the entity to the fields of the source that it came from.'),
  required,
})

const linkItem = z.strictObject({
  each,
  kind: z
    .enum(['specialization-of', 'same-content', 'alias-of', 'member-of'])
    .describe(
      'Version of a general thing, same bytes under another name, another name of it, or member of a collection.',
    ),
  entity: entityOptions.describe('Where the link starts.'),
  other: entityOptions.describe('Where it leads.'),
  required,
})

const phase = z.enum(['START', 'RUNNING', 'COMPLETE', 'FAIL', 'ABORT'])

const state = z.union([
  z.literal('exchange'),
  z.strictObject({
    phase: template.describe('What the service says, e.g. `{$.response.body.status}`; or a phase itself.'),
    map: z
      .record(z.string(), phase)
      .optional()
      .describe('Its word to one of START, RUNNING, COMPLETE, FAIL, ABORT. Default: the words are these.'),
    time: template
      .optional()
      .describe('When it came to this phase. Default: `endedAt` or `startedAt` where given, else the exchange’s time.'),
  }),
])

const agentFields = {
  type: typeTemplate.optional().describe('`person`, `software`, `organization`; default `agent`.'),
  id: template.describe("Who, e.g. `{$.request.headers['x-user']}`."),
}
const agent = z.union([
  template,
  z.strictObject({
    ...agentFields,
    role,
    onBehalfOf: z
      .union([template, z.strictObject(agentFields)])
      .optional()
      .describe('Who the agent acted for.'),
    required,
  }),
])

const activityFields = z.strictObject({
  type: typeTemplate.describe('Type of the activity, e.g. `training-run`, `inference`.'),
  id: template.describe(
    'Id, unique within its type for the whole installation, e.g. `trainer:{$.response.body.job.id}`.',
  ),
  plan: z
    .union([template, entityOptions])
    .optional()
    .describe('What it followed (code, workflow version): an entity, or a name for one of type `plan`.'),
  state: state
    .optional()
    .describe(
      'Its phase. `exchange`: the exchange is the whole activity. An object: read from each exchange, for an activity over many. Default: not known.',
    ),
  startedAt: template
    .optional()
    .describe('When it began: RFC 3339, or seconds, milliseconds or microseconds of the epoch.'),
  endedAt: template.optional().describe('When it ended, likewise.'),
  facets,
})

const activityShape = /^((?:[^:{}]|\{[^{}]*\})+):(.+)$/s

/** `job:{$.response.body.id}` */
const activityText = z
  .string()
  .superRefine(
    faultCheck((text) => {
      const [, type, id] = activityShape.exec(text) ?? []
      if (type === undefined || id === undefined) return 'expected `type:id`, such as job:{$.response.body.id}'
      return typeTemplateFault(type) ?? templateFault(id)
    }),
  )
  .transform((text) => {
    const [, type = '', id = ''] = activityShape.exec(text) ?? []
    return { type, id }
  })

const activity = z.union([activityText, activityFields])

const informedItem = z.strictObject({
  each,
  type: typeTemplate.describe('Type of the activity that informed this one.'),
  id: template.describe('Its id.'),
  role,
  required,
})

const described = z.strictObject({
  each,
  entity: entityOptions.optional().describe('The entity that the facets describe. Default: the activity.'),
  facets: facets.unwrap(),
  required,
})

export const httpJsonOptions = z
  .strictObject({
    each: each.describe(
      'Selector: the whole is done for each value that it finds (a batch of jobs, a list of annotations).',
    ),
    activity: activity
      .optional()
      .describe(
        'What happened: `type:id`, such as `job:{$.response.body.id}`, or an object. Default: the exchange itself, as an activity of type `service-call`.',
      ),
    agent: agent.optional().describe('Who answers for the activity: an id, or an object.'),
    used: z.array(entityItem).optional().describe('Entities that the activity used; as of the request’s start.'),
    generated: z.array(entityItem).optional().describe('Entity versions that it generated; as of the response’s end.'),
    invalidated: z.array(entityItem).optional().describe('Entities that it deleted or replaced.'),
    derived: z.array(derivedItem).optional().describe('Which entity was made from which.'),
    links: z.array(linkItem).optional().describe('Other links between entities.'),
    informedBy: z.array(informedItem).optional().describe('Activities that this one was informed by: parent, cause.'),
    described: z.array(described).optional().describe('Facets of the activity, or of other entities.'),
    bodyLimit: size
      .optional()
      .describe(
        'Leading bytes of each body to read, where a selector looks into it. Longer ones leave the gap `body-truncated`. Default: `1MiB`.',
      ),
  })
  .refine((options) => Object.keys(options).some((key) => !['each', 'bodyLimit'].includes(key)), {
    message: 'says nothing to gather: give at least one of activity, agent, used, generated, derived, …',
  })

export type HttpJsonOptions = z.infer<typeof httpJsonOptions>
export type EntityOptions = z.infer<typeof entityOptions>
export type EntityItem = z.infer<typeof entityItem>
export type ActivityOptions = z.infer<typeof activityFields>
export type StateOptions = z.infer<typeof state>
export type AgentOptions = z.infer<typeof agent>
export type DerivedItem = z.infer<typeof derivedItem>
export type LinkItem = z.infer<typeof linkItem>
export type InformedItem = z.infer<typeof informedItem>
export type DescribedItem = z.infer<typeof described>
export type Facets = Readonly<Record<string, FacetValue>>
export { phase as phaseOptions }
