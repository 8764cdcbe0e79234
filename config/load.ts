// From the text of waybill.yaml to a checked configuration, or to every error with its place. Never opens a file or reads
// the environment by itself: both are handed in.
import { dirname, resolve } from 'node:path'
import type { SecretReference } from '../core/options.js'
import { shadowedRoutes } from '../gateway/options.js'
import type { GathererCatalog } from './catalog.js'
import { crossCheck } from './checks.js'
import { draftOf } from './draft.js'
import { readDocument, type Environment, type Path, type SourceDocument } from './document.js'
import { errorAt, schemaErrors, sourceError, valueAt, type ConfigError } from './issues.js'
import { compileConfig } from './compile.js'
import type { Config } from './config.js'
import { configSchema } from './schema.js'
import { createSecret } from './secret.js'

export { errorLine } from './issues.js'

export interface ConfigSource {
  /** as the reader named it; relative paths inside the file start at its folder */
  readonly file: string
  readonly text: string
  readonly env: Environment
  /** reads a secret's file; throws where it can't */
  readFile(path: string): string
}

export type Loaded =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly ConfigError[] }
  | { readonly ok: false; readonly errors: readonly ConfigError[]; readonly warnings: readonly ConfigError[] }

export function loadConfig(source: ConfigSource, catalog: GathererCatalog): Loaded {
  const document = readDocument(source.text, source.env)
  const failed = (errors: readonly ConfigError[], warnings: readonly ConfigError[] = []): Loaded => ({
    ok: false,
    errors: inOrder(errors),
    warnings: inOrder(warnings),
  })
  if (document.errors.length > 0) return failed(document.errors.map((one) => sourceError(source.file, one)))
  const schema = configSchema(catalog)
  const { value, parsed } = parseTyped(schema, document)
  const draft = draftOf(catalog, value)
  const findings = crossCheck(draft, document, catalog)
  const { secret, errors: secretErrors } = withSecret(draft.control.token, source, document)
  const errors = [
    ...(parsed.success ? [] : schemaErrors(source.file, document, schema, parsed.error)),
    ...findings.errors.map((one) => errorAt(source.file, document, one)),
    ...secretErrors,
  ]
  const warnings = findings.warnings.map((one) => errorAt(source.file, document, one))
  if (!parsed.success || errors.length > 0) return failed(errors, warnings)
  const data = resolve(dirname(source.file), parsed.data.data)
  const { token, ...rest } = parsed.data.control
  const control = token === undefined || secret === undefined ? rest : { ...rest, token: secret }
  const config: Config = { ...parsed.data, control, data }
  const hidden = hiddenRoutes(config, catalog).map((one) => errorAt(source.file, document, one))
  return { ok: true, config, warnings: inOrder([...warnings, ...hidden]) }
}

function hiddenRoutes(config: Config, catalog: GathererCatalog) {
  return shadowedRoutes(compileConfig(config, catalog).routes).map(({ route, by }) => ({
    path: ['routes', config.routes.findIndex((one) => one.name === route), 'match'],
    message: `never reached: route ${JSON.stringify(by)} before it takes every request that it matches`,
  }))
}

/**
 * The environment knows only text: where the schema wants a number or a boolean and the environment gave text that reads as
 * one, it is taken as one.
 */
function parseTyped(schema: ReturnType<typeof configSchema>, document: SourceDocument) {
  const value: unknown = structuredClone(document.value ?? {})
  const parsed = schema.safeParse(value)
  if (parsed.success) return { value, parsed }
  let changed = false
  for (const issue of parsed.error.issues) {
    if (issue.code !== 'invalid_type') continue
    const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))
    const typed = document.substituted(path) ? typedText(valueAt(value, path), issue.expected) : undefined
    const parent = valueAt(value, path.slice(0, -1))
    const last = path.at(-1)
    if (typed === undefined || last === undefined) continue
    Object.assign(parent as object, { [last]: typed })
    changed = true
  }
  return { value, parsed: changed ? schema.safeParse(value) : parsed }
}

function typedText(text: unknown, expected: string): number | boolean | undefined {
  if (typeof text !== 'string') return undefined
  if ((expected === 'number' || expected === 'int') && /^-?\d{1,15}$/.test(text)) return Number(text)
  if (expected === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  return undefined
}

function withSecret(token: SecretReference | undefined, source: ConfigSource, document: SourceDocument) {
  if (token === undefined) return { secret: undefined, errors: [] }
  const path: Path = ['control', 'token']
  const value = readSecret(token, source)
  if (value !== undefined && value !== '') return { secret: createSecret(token, value), errors: [] }
  const message =
    'env' in token ? `environment variable ${token.env} is not set` : `the secret’s file can’t be read or is empty`
  return { secret: undefined, errors: [errorAt(source.file, document, { path, message })] }
}

function readSecret(reference: SecretReference, source: ConfigSource): string | undefined {
  if ('env' in reference) return source.env[reference.env]
  try {
    return source.readFile(resolve(dirname(source.file), reference.file)).replace(/\r?\n$/, '')
  } catch {
    return undefined
  }
}

function inOrder(errors: readonly ConfigError[]): readonly ConfigError[] {
  return [...errors].sort((a, b) => a.line - b.line || a.column - b.column)
}
