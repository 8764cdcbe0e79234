// What `waybill start` says once it is up: where it listens, what goes where, what to try.
import type { Compiled } from '../../config/compile.js'
import type { Waybill } from '../compose.js'
import { versionOf } from '../version.js'
import { properties, table } from './table.js'

interface Up {
  readonly file: string
  readonly compiled: Compiled
  readonly waybill: Pick<Waybill, 'listeners' | 'control'>
}

export function banner({ file, compiled, waybill }: Up): string {
  const control = urlOf(waybill.control)
  const first = waybill.listeners[0]
  const base = first === undefined ? '' : urlOf(first)
  return [
    `Waybill ${versionOf()} is up (${file})`,
    '',
    properties([
      ...waybill.listeners.map((listener) => [listener.name, urlOf(listener)] as const),
      ['control', `${control}  (API page: ${control}/docs)`],
      ['data', compiled.data],
    ]),
    '',
    table(['route', 'match', 'service', 'recorded', 'gatherers'], compiled.routes.map(routeRow)),
    '',
    'Try:',
    `  curl -i ${exampleCall(compiled, base)}`,
    `  waybill exchange list${urlFlag(control)}`,
    `  waybill custody <the answer’s Waybill-Exchange>${urlFlag(control)}`,
    '',
    'Stop with Ctrl-C.',
  ].join('\n')
}

function urlFlag(control: string): string {
  return control === 'http://127.0.0.1:8081' ? '' : ` --url ${control}`
}

export function urlOf({ host, port }: { readonly host: string; readonly port: number }): string {
  const shown = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host
  return `http://${shown}:${port}`
}

function routeRow({ name, match, service, mode, gatherers }: Compiled['routes'][number]): readonly string[] {
  const methods = match.methods === undefined ? [] : [match.methods.join('|')]
  const matched = [
    ...methods,
    `${match.host ?? ''}${match.path ?? (match.host === undefined ? 'everything' : '')}`,
  ].join(' ')
  return [name, matched, `${service.name} ${service.url.origin}`, mode, [...new Set(gatherers)].join(', ')]
}

/** A call that a route takes, as far as one can be guessed. */
function exampleCall({ routes }: Compiled, base: string): string {
  const match = routes.find((route) => route.match.host === undefined && route.match.path !== undefined)?.match
  const path = (match?.path ?? '/').replace(/\*$/, '').replace(/\{([\w-]+)\}/g, '$1')
  const [method = 'GET'] = match?.methods?.includes('GET') === true ? [] : (match?.methods ?? [])
  return `${method === 'GET' ? '' : `-X ${method} `}${base}${path}`
}
