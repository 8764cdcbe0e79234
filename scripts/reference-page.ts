// The configuration's reference page, drawn from its JSON Schema: one section for each mapping, one row for each key.

export interface JsonSchema {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: JsonSchema | boolean
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, JsonSchema>>
}

export function configurationPage(schema: JsonSchema): string {
  const sections = grouped(sectionsOf('', schema))
  return `${opening}\n${sections.map(sectionText).join('\n')}`
}

const opening = `# waybill.yaml

<!-- made from the schemas by \`npm run docs\`: change the options.ts of the room instead -->

Unknown keys are errors. Durations are written \`250ms\`, \`10s\`, \`5m\`, \`1h\`, \`7d\`, what is waited for at most \`24d\`; sizes \`512B\`, \`64KiB\`, \`10MiB\`, \`1GiB\`.
In values, \`\${NAME}\` is replaced by the environment variable and \`\${NAME:-default}\` by the default where it is unset or
empty; \`$\${\` stands for a plain \`\${\`. Within \`{ }\` and \`[ ]\` it needs quotes: \`{ url: "\${STORE_URL}" }\`. Secrets are given by reference only: \`{ env: NAME }\` or \`{ file: path }\`; they are never printed.

\`waybill check\` says everything that is wrong with a file, and where. For help while typing, name the schema in the first line:
\`# yaml-language-server: $schema=node_modules/waybill/docs/reference/waybill.schema.json\`, or where else you have [waybill.schema.json](waybill.schema.json).
`

interface Section {
  readonly path: string
  readonly schema: JsonSchema
}

/** A mapping that may stand at several places, told once. */
interface Shared extends Section {
  readonly also: readonly string[]
}

/** Every mapping with keys of its own, outermost first, each under the path that leads to it. */
function sectionsOf(path: string, schema: JsonSchema): readonly Section[] {
  const own = schema.properties === undefined ? [] : [{ path, schema }]
  const below = Object.entries(schema.properties ?? {}).flatMap(([key, child]) => sectionsOf(joined(path, key), child))
  const { additionalProperties, items } = schema
  const named = typeof additionalProperties === 'object' ? sectionsOf(`${path}.<name>`, additionalProperties) : []
  const listed = items === undefined ? [] : sectionsOf(`${path}[]`, items)
  const variants = variantsOf(schema).flatMap((one) => sectionsOf(variantPath(path, one), one))
  return [...own, ...below, ...named, ...listed, ...variants]
}

function variantsOf({ anyOf, oneOf }: JsonSchema): readonly JsonSchema[] {
  return [...(anyOf ?? []), ...(oneOf ?? [])]
}

/** Variants told apart by a literal key (`use: http-json`) carry it in their path. */
function variantPath(path: string, { properties }: JsonSchema): string {
  const literal = Object.entries(properties ?? {}).find(([, one]) => one.const !== undefined)
  return literal === undefined
    ? path
    : `${path} (${literal[0]}: ${JSON.stringify(literal[1].const).replaceAll('"', '')})`
}

function grouped(sections: readonly Section[]): readonly Shared[] {
  const groups = new Map<string, { path: string; schema: JsonSchema; also: string[] }>()
  for (const { path, schema } of sections) {
    const key = JSON.stringify(schema.properties)
    const first = groups.get(key)
    if (first === undefined) groups.set(key, { path, schema, also: [] })
    else if (first.path !== path && !first.also.includes(path)) first.also.push(path)
  }
  return [...groups.values()]
}

function joined(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

function sectionText({ path, schema, also }: Shared): string {
  const { properties = {}, required = [], description } = schema
  const rows = Object.entries(properties).map(
    ([key, one]) =>
      `| \`${key}\` | ${typeText(one)} | ${defaultText(one, required.includes(key))} | ${cell(one.description ?? '')} |`,
  )
  const title = path === '' ? '## The file' : `## ${path.replaceAll('<', '\\<')}`
  const table = ['| key | value | default | |', '|---|---|---|---|', ...rows].join('\n')
  const places = also.length === 0 ? '' : `The same at ${also.map((one) => `\`${one}\``).join(', ')}.\n\n`
  return `${title}\n\n${description === undefined ? '' : `${description}\n\n`}${places}${table}\n`
}

function typeText(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const).replaceAll('"', '')}\``
  if (schema.enum !== undefined) return schema.enum.map((one) => `\`${String(one)}\``).join(' · ')
  const variants = variantsOf(schema)
  if (variants.length > 0) return [...new Set(variants.map(typeText))].join(' or ')
  if (schema.type === 'array') return `list of ${schema.items === undefined ? 'anything' : typeText(schema.items)}`
  if (schema.type === 'object') return typeof schema.additionalProperties === 'object' ? 'mapping by name' : 'mapping'
  if (schema.pattern?.includes('(ms|s|m|h|d)') === true) return 'duration'
  if (schema.pattern?.includes('KiB') === true) return 'size'
  return words[schema.type ?? ''] ?? 'anything'
}

const words: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: '`true` · `false`',
}

function defaultText(schema: JsonSchema, required: boolean): string {
  if (schema.default === undefined) return required ? '**required**' : ''
  const { default: value } = schema
  if (typeof value === 'object' && value !== null && Object.keys(value).length === 0) return ''
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}

/** One line, and no bar that would end the cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\s+/g, ' ')
}
