// An incoming request that does not make Node's `headers` object: the gateway reads raw fields, and Node itself asks that
// object for nothing but `expect` before it hands a request out. Never used where anybody else reads `headers`.
import { IncomingMessage } from 'node:http'
import { fieldOf } from '../core/exchange.js'

export class LeanRequest extends IncomingMessage {}

Object.defineProperty(LeanRequest.prototype, 'headers', {
  get(this: LeanRequest) {
    return { expect: fieldOf(this.rawHeaders, 'expect') }
  },
})
