// Writes docs/cli.md from the commands and docs/reference/ from the schemas: the configuration's page and its JSON Schema for editors, and the control API's
// OpenAPI description. With `--check` it writes nothing and fails where a file differs.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { configSchema } from '../config/schema.js'
import { openapiOf } from '../control/openapi.js'
import { gathererCatalog } from '../gatherers/catalog.js'
import { cliPage } from './cli-page.js'
import { editorSchema } from './editor-schema.js'
import { describedEndpoints } from './reference-endpoints.js'
import { configurationPage, type JsonSchema } from './reference-page.js'
import packageJson from '../package.json' with { type: 'json' }

const folder = new URL('../docs/reference/', import.meta.url)

function references(): Readonly<Record<string, string>> {
  const schema = z.toJSONSchema(configSchema(gathererCatalog()), {
    io: 'input',
    reused: 'inline',
    unrepresentable: 'any',
  })
  return {
    'configuration.md': configurationPage(schema as JsonSchema),
    'waybill.schema.json': json({
      $id: 'https://waybill.dev/waybill.schema.json',
      title: 'waybill.yaml',
      ...editorSchema(schema),
    }),
    '../cli.md': cliPage(),
    'openapi.json': json(openapiOf(describedEndpoints(), { version: packageJson.version })),
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

function current(name: string): string | undefined {
  try {
    return readFileSync(new URL(name, folder), 'utf8')
  } catch {
    return undefined
  }
}

const differing = Object.entries(references()).filter(([name, text]) => current(name) !== text)
if (process.argv.includes('--check')) {
  for (const [name] of differing)
    console.error(
      `${new URL(name, 'file:///docs/reference/').pathname.slice(1)} differs from the schemas: run npm run docs`,
    )
  process.exitCode = differing.length === 0 ? 0 : 1
} else {
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of differing) writeFileSync(new URL(name, folder), text)
}
