// Puts the operations that rooms export on an express router: validates what comes in, answers JSON. Knows no operation.
import express, { Router, type Request, type Response } from 'express'
import type { z } from 'zod'
import type { AnyEndpoint } from '../core/endpoint.js'
import { WaybillError } from '../core/errors.js'
import { faultsText } from '../core/issue-text.js'
import { everyTenant } from '../core/tenant.js'
import { only } from './methods.js'

export function mountEndpoints(endpoints: readonly AnyEndpoint[]): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const readJson = express.json({ limit: '64mb', strict: false })
  for (const path of new Set(endpoints.map((one) => one.path))) {
    const here = endpoints.filter((one) => one.path === path)
    const route = router.route(expressPath(path)).all(only(...here.map(({ method }) => method)))
    for (const endpoint of here) {
      if (endpoint.method === 'GET') route.get(handlerOf(endpoint))
      else route.post(readJson, handlerOf(endpoint))
    }
  }
  return router
}

/** `/v1/custody/{node}` as express writes it. A node's slashes come percent-encoded, so one segment is enough. */
function expressPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1')
}

function handlerOf(endpoint: AnyEndpoint) {
  const body: z.ZodType | undefined = endpoint.body
  return async (request: Request, response: Response): Promise<void> => {
    if (body !== undefined && request.body === undefined) {
      throw new WaybillError('WB_BAD_QUERY', { reason: 'expected a JSON body, sent as Content-Type: application/json' })
    }
    const input = {
      params: parsed(endpoint.params as z.ZodType, request.params, 'path'),
      query: parsed(endpoint.query as z.ZodType, request.query, 'query'),
      body: body === undefined ? undefined : parsed(body, request.body, 'body'),
    }
    const answer: unknown = await endpoint.handle(input, { scope: everyTenant })
    response.json(answer)
  }
}

function parsed(schema: z.ZodType, value: unknown, place: string): unknown {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new WaybillError('WB_BAD_QUERY', { reason: faultsText(result.error, value, place) })
}
