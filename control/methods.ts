// What a path of the control plane answers to a method that it does not have: 405 with `Allow` (RFC 9110 section 15.5.6), and
// to OPTIONS the same list. HEAD goes wherever GET does. Never runs an operation.
import type { NextFunction, Request, Response } from 'express'
import { WaybillError } from '../core/errors.js'

/** Lets by what the path has. `methods`: of the operations there, GET and POST. */
export function only(...methods: readonly string[]) {
  const has = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS']
  const allow = has.join(', ')
  return (request: Request, response: Response, next: NextFunction): void => {
    if (request.method === 'OPTIONS') response.set('Allow', allow).status(204).end()
    else if (has.includes(request.method)) next()
    else {
      response.set('Allow', allow)
      const { method, path } = request
      throw new WaybillError('WB_METHOD_NOT_ALLOWED', { method, path: path.slice(0, 500), allow })
    }
  }
}
