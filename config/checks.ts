// What only the whole configuration shows: names that must exist, names and ports that must differ, gatherer options that
// their schema could not judge. Findings carry paths; places are added by the caller. Skips what the schema found wrong.
import { compileMatch, hiddenMatches } from '../gateway/options.js'
import type { GathererCatalog, UseContext } from './catalog.js'
import type { Path, SourceDocument } from './document.js'
import { nearest } from '../core/nearest.js'
import type { Draft } from './draft.js'

export interface Finding {
  readonly path: Path
  readonly message: string
  readonly nearest?: string | undefined
}

interface Findings {
  readonly errors: Finding[]
  readonly warnings: Finding[]
}

export function crossCheck(config: Draft, document: SourceDocument, catalog: GathererCatalog): Findings {
  const found: Findings = { errors: [], warnings: [] }
  checkServices(config, document, found)
  checkNames(config, found)
  checkListeners(config, found)
  checkCircles(config, found)
  checkPrefixes(config, found)
  checkGatherers(config, catalog, found)
  checkRedactedPaths(config, catalog, found)
  checkHidden(config, found)
  return found
}

function checkServices(config: Draft, document: SourceDocument, found: Findings): void {
  const names = config.services
  if (names === undefined) return
  const used = new Set<string>()
  for (const [at, route] of config.routes.entries()) {
    if (route.service === undefined) continue
    if (names.includes(route.service)) {
      used.add(route.service)
      continue
    }
    const path = ['routes', at, 'service']
    const written = document.written(path) ?? ''
    const known = names.length === 0 ? 'no service is configured' : `expected one of ${names.join(', ')}`
    found.errors.push({
      path,
      message: `unknown service ${JSON.stringify(written)}; ${known}`,
      nearest: nearest(written, names),
    })
  }
  // a route that leads nowhere yet may be meant for any of them
  if (!config.routes.every(({ service }) => service !== undefined && names.includes(service))) return
  if (config.routes.length === 0) return
  for (const name of names) {
    if (!used.has(name)) found.warnings.push({ path: ['services', name], message: 'no route leads to this service' })
  }
}

function checkNames(config: Draft, found: Findings): void {
  const first = new Map<string, number>()
  for (const [at, route] of config.routes.entries()) {
    if (route.name === undefined) continue
    const before = first.get(route.name)
    if (before === undefined) first.set(route.name, at)
    else
      found.errors.push({
        path: ['routes', at, 'name'],
        message: `routes[${before}] already has this name; expected a name of its own`,
      })
  }
}

function checkListeners(config: Draft, found: Findings): void {
  const taken: { readonly text: string; readonly host: string; readonly port: number }[] = []
  const names = new Map<string, number>()
  const take = (path: Path, text: string, host?: string, port?: number) => {
    if (host === undefined || port === undefined || port === 0) return
    const before = taken.find((one) => one.port === port && clash(one.host, host))
    taken.push({ text, host, port })
    if (before === undefined) return
    const message = `${before.text} already listens on ${before.host}:${port}; expected another port`
    found.errors.push({ path, message })
  }
  for (const [at, { host, port, name }] of config.listeners.entries()) {
    take(['listeners', at, 'port'], `listeners[${at}]`, host, port)
    if (name === undefined) continue
    const before = names.get(name)
    if (before === undefined) names.set(name, at)
    else found.errors.push({ path: ['listeners', at, 'name'], message: `listeners[${before}] already has this name` })
  }
  take(['control', 'port'], 'a listener', config.control.host, config.control.port)
  const { host } = config.control
  const tokenless = 'token' in config.control && config.control.token === undefined
  if (host !== undefined && !isLoopback(host) && tokenless) {
    found.errors.push({
      path: ['control', 'host'],
      message: 'expected a `control.token` beside an address that is not loopback',
    })
  }
}

/** Whether no two may listen on the same port of these. */
function clash(one: string, other: string): boolean {
  return one === other || takes(one, other) || takes(other, one)
}

/** `::` takes a port on every address, `0.0.0.0` on those of IPv4; `localhost` is the one or the other loopback address. */
function takes(host: string, other: string): boolean {
  if (host === '0.0.0.0') return !other.includes(':')
  return host === '::' || (host === 'localhost' && (other === '127.0.0.1' || other === '::1'))
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

/** Services that are the gateway itself. Only those that can be told by address; a circle by way of others ends with 508. */
function checkCircles({ urls, listeners }: Draft, found: Findings): void {
  for (const [name, text] of urls) {
    const { protocol, hostname, port } = new URL(text)
    const asked = { address: hostname.replace(/^\[|\]$/g, ''), port: Number(port || '80') }
    const at = protocol === 'http:' ? listeners.findIndex((listener) => isReached(listener, asked)) : -1
    if (at < 0) continue
    found.warnings.push({
      path: ['services', name, 'url'],
      message: `leads back to this gateway: listeners[${at}] is there`,
    })
  }
}

function isReached(
  { host, port }: Draft['listeners'][number],
  asked: { readonly address: string; readonly port: number },
): boolean {
  if (host === undefined || port !== asked.port) return false
  if (host === asked.address) return true
  if (asked.address === 'localhost') return isLoopback(host) || host === '::' || host === '0.0.0.0'
  return isLoopback(asked.address) && (host === '::' || (host === '0.0.0.0' && asked.address !== '::1'))
}

function checkPrefixes(config: Draft, found: Findings): void {
  for (const [at, { match, rewrite }] of config.routes.entries()) {
    const strip = rewrite.stripPrefix
    if (strip === undefined || !('path' in match)) continue
    const path = ['routes', at, 'rewrite', 'stripPrefix']
    if (match.path === undefined) {
      found.errors.push({ path, message: `expected a match.path that begins with it, such as ${strip}/*` })
    } else if (match.path !== strip && !match.path.startsWith(`${strip}/`)) {
      found.errors.push({ path, message: `expected a leading part of match.path (${match.path})` })
    }
  }
}

function checkGatherers(config: Draft, catalog: GathererCatalog, found: Findings): void {
  for (const [at, route] of config.routes.entries()) {
    const mode = (route.record ?? config.record)?.mode
    if (mode === 'off' && route.gather.length > 0) {
      found.warnings.push({ path: ['routes', at, 'gather'], message: 'nothing is gathered where `record` is off' })
    }
    const { path } = route.match
    const pathUnknown = !('path' in route.match)
    const context: UseContext = {
      route: route.name ?? '',
      service: { name: route.service ?? '', kind: 'http', url: '' },
      stripPrefix: route.rewrite.stripPrefix ?? '',
      ...(path === undefined ? {} : { path }),
    }
    for (const [place, use] of route.gather.entries()) {
      if (use === undefined) continue
      const faults = catalog.check(use, { ...context, pathUnknown: pathUnknown || use.pathUnknown })
      for (const fault of faults) {
        found.errors.push({ path: ['routes', at, 'gather', place, ...fault.path], message: fault.message })
      }
    }
  }
}

function checkRedactedPaths({ redactedPaths }: Draft, catalog: GathererCatalog, found: Findings): void {
  for (const [at, text] of redactedPaths.entries()) {
    const fault = text?.startsWith('$') === true ? catalog.selectorFault(text) : undefined
    if (fault !== undefined) found.errors.push({ path: ['redact', 'body', at], message: fault })
  }
}

function checkHidden(config: Draft, found: Findings): void {
  const matches = config.routes.map(({ wholeMatch }) => wholeMatch && compileMatch(wholeMatch))
  for (const { route, by } of hiddenMatches(matches)) {
    const name = config.routes[by]?.name
    const other = name === undefined ? `routes[${by}]` : `route ${JSON.stringify(name)}`
    const message = `never reached: ${other} before it takes every request that it matches`
    found.warnings.push({ path: ['routes', route, 'match'], message })
  }
}
