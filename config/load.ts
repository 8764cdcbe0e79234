// From the text of waybill.yaml to a checked configuration, or to every error with its place. Never opens a file or reads
// the environment by itself: both are handed in.
import { dirname, resolve } from 'node:path'
import type { z } from 'zod'
import { faultOfToken, tokenRule } from '../core/bearer-token.js'
import { valueAt } from '../core/issue-text.js'
import { nearest } from '../core/nearest.js'
import type { SecretReference } from '../core/options.js'
import type { GathererCatalog } from './catalog.js'
import { crossCheck } from './checks.js'
import { draftOf } from './draft.js'
import { readDocument, type Environment, type Path, type SourceDocument, type SourceError } from './document.js'
import { errorAt, schemaErrors, sourceError, type ConfigError } from './issues.js'
import type { Config } from './config.js'
import { configSchema, type SchemaOutput } from './schema.js'
import { createSecret } from './secret.js'

export { errorLine } from './issues.js'

type Schema = ReturnType<typeof configSchema>

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
  const inFile = (errors: readonly SourceError[]) => errors.map((one) => sourceError(source.file, one))
  const [written, badKeys] = [inFile(document.faults), inFile(document.badKeys)]
  if (document.errors.length > 0) return failed([...inFile(document.errors), ...badKeys])
  const schema = configSchema(catalog)
  const { value, data: parsed, issues } = parseTyped(schema, document, catalog)
  const draft = draftOf(catalog, value)
  const findings = crossCheck(draft, document, catalog)
  const { secret, errors: secretErrors } = withSecret(draft.control.token, source, document)
  const errors = [
    ...written,
    ...badKeys,
    ...schemaErrors(source.file, document, { schema, value, issues }).filter(
      ({ path }) => path === '' || !written.some((one) => one.path === path),
    ),
    ...findings.errors.map((one) => errorAt(source.file, document, one)),
    ...secretErrors,
  ]
  const warnings = findings.warnings.map((one) => errorAt(source.file, document, one))
  if (parsed === undefined || errors.length > 0) return failed(errors, warnings)
  const data = resolve(dirname(source.file), parsed.data)
  const { token, ...rest } = parsed.control
  const control = token === undefined || secret === undefined ? rest : { ...rest, token: secret }
  const config: Config = { ...parsed, control, data }
  return { ok: true, config, warnings: inOrder(warnings) }
}

interface Parsed {
  readonly value: unknown
  /** undefined where there are issues */
  readonly data: SchemaOutput | undefined
  readonly issues: readonly z.core.$ZodIssue[]
}

function parseTyped(schema: Schema, document: SourceDocument, catalog: GathererCatalog): Parsed {
  const value: unknown = structuredClone(document.value ?? {})
  const first = schema.safeParse(value)
  if (first.success) return { value, data: first.data, issues: [] }
  const typed = takeTypes(value, first.error.issues, document)
  const second = typed ? schema.safeParse(value) : first
  if (second.success) return { value, data: second.data, issues: [] }
  const { issues } = second.error
  const misspelt = takeMeant(value, issues, catalog)
  if (misspelt.length === 0) return { value, data: undefined, issues }
  return { value, data: undefined, issues: [...misspelt, ...(schema.safeParse(value).error?.issues ?? [])] }
}

/**
 * The environment knows only text: where the schema wants a number or a boolean and the environment gave text that reads as
 * one, it is taken as one.
 */
function takeTypes(value: unknown, issues: readonly z.core.$ZodIssue[], document: SourceDocument): boolean {
  let changed = false
  for (const issue of issues) {
    if (issue.code !== 'invalid_type') continue
    const path = pathOf(issue)
    const typed = document.substituted(path) ? typedText(valueAt(value, path), issue.expected) : undefined
    if (typed !== undefined) changed = replaceAt(value, path, typed)
  }
  return changed
}

/** A gatherer whose name is misspelt is taken for the one that was meant, so that its options are judged too. */
function takeMeant(value: unknown, issues: readonly z.core.$ZodIssue[], { entries }: GathererCatalog) {
  return issues.filter((issue) => {
    if (issue.code !== 'invalid_union' || !('discriminator' in issue) || issue.discriminator !== 'use') return false
    const path = issue.path.at(-1) === 'use' ? pathOf(issue) : [...pathOf(issue), 'use']
    const written = valueAt(value, path)
    const meant =
      typeof written === 'string'
        ? nearest(
            written,
            entries.map(({ name }) => name),
          )
        : undefined
    return meant !== undefined && replaceAt(value, path, meant)
  })
}

function replaceAt(value: unknown, path: Path, by: unknown): boolean {
  const holder = valueAt(value, path.slice(0, -1))
  const last = path.at(-1)
  if (typeof holder !== 'object' || holder === null || last === undefined) return false
  Object.assign(holder, { [last]: by })
  return true
}

function pathOf(issue: z.core.$ZodIssue): Path {
  return issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))
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
  const value = readSecret(token, source) ?? ''
  const message = faultOf(token, value)
  if (message === undefined) return { secret: createSecret(token, value), errors: [] }
  return { secret: undefined, errors: [errorAt(source.file, document, { path, message })] }
}

/** Shows nothing of `value`, which is '' where there is none. */
function faultOf(token: SecretReference, value: string): string | undefined {
  const [place, absent] =
    'env' in token
      ? [`environment variable ${token.env}`, 'is not set']
      : [`file ${token.file}`, 'can’t be read or is empty']
  if (value === '') return `${place} ${absent}`
  const fault = faultOfToken(value)
  return fault && `${place} holds ${fault}; expected a bearer token: ${tokenRule}`
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
