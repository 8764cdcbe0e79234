// The control plane: one express app that guards who may ask, mounts the rooms' operations, and tells how the process is.
// Never does a room's work, and never answers under a name that is not its own.
import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import type { AnyEndpoint } from '../core/endpoint.js'
import { asWaybillError, problemOf, WaybillError } from '../core/errors.js'
import { docsAssets, docsPolicy } from './docs-page.js'
import { only } from './methods.js'
import type { Metrics } from './metrics.js'
import { mountEndpoints } from './mount.js'
import { openapiOf } from './openapi.js'
import type { ControlSettings } from './options.js'
import { createOriginGuard } from './origin-guard.js'

/** Whether the process can do its work; `parts` says of each part how it is. */
export interface Readiness {
  readonly ready: boolean
  readonly parts: Readonly<Record<string, string>>
}

export interface ControlParts {
  readonly endpoints: readonly AnyEndpoint[]
  readonly metrics: Metrics
  readonly settings: ControlSettings
  /** of Waybill, for OpenAPI */
  readonly version: string
  ready(): Readiness
  /** told of faults of our own (WB_INTERNAL) */
  onFault?(fault: WaybillError): void
}

export interface Control {
  listen(): Promise<{ readonly host: string; readonly port: number }>
  close(): Promise<void>
}

export function createControl(parts: ControlParts): Control {
  const server = createServer(createApp(parts))
  return {
    listen: () => listening(server, parts.settings),
    close: () => closed(server),
  }
}

function createApp(parts: ControlParts): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.enable('case sensitive routing')
  app.use(guard(parts))
  const assets = docsAssets(parts.endpoints, parts.version, parts.settings.token !== undefined)
  const open = ['/', '/healthz', '/readyz', '/openapi.json', ...assets.map(({ path }) => path)]
  app.all(open, only('GET'))
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'alive' })
  })
  app.get('/readyz', (_request, response) => {
    const { ready, parts: states } = parts.ready()
    response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not-ready', parts: states })
  })
  // what is the same for every Waybill needs no token: a browser could not send one for a page
  const description = JSON.stringify(openapiOf(parts.endpoints, { version: parts.version }))
  app.get('/openapi.json', (_request, response) => {
    response.type('application/json').send(description)
  })
  app.get('/', (_request, response) => {
    response.redirect(302, '/docs')
  })
  for (const asset of assets) {
    app.get(asset.path, (_request, response) => {
      response.set('Content-Security-Policy', docsPolicy).type(asset.type).send(asset.content)
    })
  }
  app.use(authenticate(parts.settings))
  app.all('/metrics', only('GET'))
  app.get('/metrics', (_request, response) => {
    response.type('text/plain; version=0.0.4; charset=utf-8').send(parts.metrics.exposition())
  })
  app.use(mountEndpoints(parts.endpoints))
  app.use((request: Request) => {
    throw new WaybillError('WB_NO_OPERATION', { method: request.method, path: request.path.slice(0, 500) })
  })
  app.use((thrown: unknown, request: Request, response: Response, next: NextFunction) => {
    const error = errorOf(thrown)
    if (error.code === 'WB_INTERNAL') parts.onFault?.(error)
    if (response.headersSent) next(thrown)
    else sendProblem(request, response, error)
  })
  return app
}

function guard({ settings, version }: Pick<ControlParts, 'settings' | 'version'>) {
  const check = createOriginGuard(settings.hosts)
  return (request: Request, response: Response, next: NextFunction) => {
    response.set({
      'Cache-Control': 'no-store',
      'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
      'Cross-Origin-Resource-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      // by which a client knows whom it has reached (RFC 9110 §10.2.4)
      Server: `Waybill/${version}`,
    })
    const refusal = check({ target: request.originalUrl, fields: request.rawHeaders })
    if (refusal === undefined) next()
    else sendProblem(request, response, refusal)
  }
}

function authenticate({ token }: ControlSettings) {
  const wanted = token === undefined ? undefined : digest(`Bearer ${token.reveal()}`)
  return (request: Request, response: Response, next: NextFunction) => {
    if (wanted === undefined || timingSafeEqual(digest(request.get('authorization') ?? ''), wanted)) next()
    else sendProblem(request, response.set('WWW-Authenticate', 'Bearer'), new WaybillError('WB_UNAUTHORIZED'))
  }
}

/** Equal lengths for the constant-time comparison. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** What express and its parsers throw carries a 4xx status where the request is at fault. */
function errorOf(thrown: unknown): WaybillError {
  if (thrown instanceof Error && 'status' in thrown && typeof thrown.status === 'number' && thrown.status < 500) {
    return thrown instanceof WaybillError
      ? thrown
      : new WaybillError('WB_BAD_QUERY', { reason: thrown.message }, thrown)
  }
  return asWaybillError(thrown)
}

function sendProblem(request: Request, response: Response, error: WaybillError): void {
  const body = JSON.stringify(problemOf(error, request.originalUrl.slice(0, 500)))
  response.status(error.status).type('application/problem+json').send(body)
}

function listening(server: Server, { host, port }: ControlSettings): Promise<{ host: string; port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const address = server.address() as AddressInfo
      resolve({ host: address.address, port: address.port })
    })
  })
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) {
      resolve()
      return
    }
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
