// The browsable page for the control API: every operation with its parameters and a form that tries it here. Made from the
// OpenAPI description alone and served whole from this process: it must never load anything from elsewhere.
import type { AnyEndpoint } from '../core/endpoint.js'
import { docsScript, docsStyle } from './docs-assets.js'
import { openapiOf } from './openapi.js'

/** What the page may do, as Content-Security-Policy: its own script and style, requests to its own origin. */
export const docsPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

export interface DocsAsset {
  readonly path: string
  readonly type: string
  readonly content: string
}

/** The page and what it needs, by path. */
export function docsAssets(
  endpoints: readonly AnyEndpoint[],
  version: string,
  needsToken: boolean,
): readonly DocsAsset[] {
  return [
    { path: '/docs', type: 'text/html; charset=utf-8', content: page(endpoints, version, needsToken) },
    { path: '/docs/page.css', type: 'text/css; charset=utf-8', content: docsStyle },
    { path: '/docs/page.js', type: 'text/javascript; charset=utf-8', content: docsScript },
  ]
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required: boolean
  readonly description?: string
  readonly schema: { readonly type?: string; readonly enum?: readonly string[]; readonly default?: unknown }
}

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly parameters: readonly Parameter[]
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: BodySchema } } }
}

interface BodySchema {
  readonly properties?: Readonly<Record<string, { readonly type?: string; readonly description?: string }>>
  readonly required?: readonly string[]
}

/** It stays in the page: the script sends it with each call, and nothing keeps it. */
const tokenField =
  '<label>token <input id="token" type="password" autocomplete="off"><small>The secret that <code>control.token</code> names; sent with each call, kept nowhere.</small></label>'

function page(endpoints: readonly AnyEndpoint[], version: string, needsToken: boolean): string {
  const { paths } = openapiOf(endpoints, { version }) as { paths: Record<string, Record<string, Operation>> }
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => section(method.toUpperCase(), path, operation)),
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Waybill control API</title>
<link rel="stylesheet" href="/docs/page.css">
<script src="/docs/page.js" defer></script>
</head>
<body>
<header>
<h1>Waybill control API <small>${escaped(version)}</small></h1>
<p>Ask where an answer came from. A node is <code>&lt;type&gt;:&lt;name&gt;[@&lt;version&gt;]</code>, for example
<code>model:models/churn@3</code>, with <code>%</code> and <code>@</code> of a name written <code>%25</code> and <code>%40</code>; an exchange is the id from an answer’s <code>Waybill-Exchange</code> field. Times are RFC 3339,
in records of exchanges microseconds since the epoch. Described in <a href="/openapi.json">OpenAPI 3.1</a>; also here: <a href="/metrics">metrics</a>,
<a href="/healthz">liveness</a>, <a href="/readyz">readiness</a>.</p>
</header>
<main>
${needsToken ? tokenField : ''}
${operations.join('\n')}
</main>
</body>
</html>
`
}

function section(method: string, path: string, operation: Operation): string {
  const rows = operation.parameters.map(field).join('')
  const body =
    operation.requestBody === undefined ? '' : bodyField(operation.requestBody.content['application/json'].schema)
  return `<details id="${escaped(operation.operationId)}">
<summary><b class="${method.toLowerCase()}">${method}</b> <code>${escaped(path)}</code> <span>${escaped(operation.summary)}</span></summary>
<form data-method="${method}" data-path="${escaped(path)}">
${rows}${body}
<button type="submit">Send</button>
<p class="call" hidden></p>
<pre class="answer" hidden tabindex="0"></pre>
</form>
</details>`
}

/** What must be there is filled in to be completed; what all may be there stands below. */
function bodyField({ properties = {}, required = [] }: BodySchema): string {
  const empty = (name: string) => [name, properties[name]?.type === 'object' ? {} : '']
  const filled = JSON.stringify(Object.fromEntries(required.map(empty)), null, 2)
  const members = Object.entries(properties).map(
    ([name, { description = '' }]) =>
      `<dt><code>${escaped(name)}</code>${required.includes(name) ? ' *' : ''}</dt><dd>${prose(description)}</dd>`,
  )
  return `<label>body <textarea name="body" data-in="body" rows="5" spellcheck="false">${escaped(filled)}</textarea></label>
<dl>${members.join('')}</dl>`
}

function field(parameter: Parameter): string {
  const { name, schema } = parameter
  const need = parameter.required ? ' required' : ''
  const about = parameter.description === undefined ? '' : `<small>${prose(parameter.description)}</small>`
  const attributes = `name="${escaped(name)}" data-in="${escaped(parameter.in)}"${need}`
  return `<label>${escaped(name)}${parameter.required ? ' *' : ''} ${control(schema, attributes)}${about}</label>\n`
}

function control(schema: Parameter['schema'], attributes: string): string {
  const placeholder = schema.default === undefined ? '' : ` placeholder="${escaped(JSON.stringify(schema.default))}"`
  if (schema.enum === undefined) return `<input ${attributes}${placeholder} spellcheck="false" autocomplete="off">`
  const options = schema.enum.map((value) => `<option>${escaped(value)}</option>`).join('')
  return `<select ${attributes}><option value=""></option>${options}</select>`
}

/** What stands between backticks is code. */
function prose(text: string): string {
  return escaped(text).replace(/`([^`]*)`/g, '<code>$1</code>')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
