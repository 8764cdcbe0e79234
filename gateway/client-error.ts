// Answers connections whose bytes cannot be read as HTTP, or come too late: on the bare socket, since there is no request.
// Never writes into another answer that is under way.
import type { Duplex } from 'node:stream'
import { WaybillError } from '../core/errors.js'
import { answerUnderWay } from './busy-socket.js'
import { rawProblem } from './problem-answer.js'

/** Listener for `clientError`. */
export function createClientErrorAnswer(): (error: NodeJS.ErrnoException, socket: Duplex) => void {
  const doomed = new WeakSet<Duplex>()
  return (error, socket) => {
    const busy = answerUnderWay(socket)
    if (!socket.writable || error.code === 'ECONNRESET') socket.destroy()
    else if (busy?.req.complete === true) {
      // junk after a request must not land in that request's answer, which is still to be given
      if (doomed.has(socket)) return
      doomed.add(socket)
      busy.once('finish', () => socket.destroy())
    } else if (busy?.headersSent === true) socket.destroy()
    else socket.end(rawProblem(problemFor(error)), () => socket.destroy())
  }
}

function problemFor(error: NodeJS.ErrnoException): WaybillError {
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    return new WaybillError('WB_FIELDS_TOO_LARGE', { reason: 'the field section' })
  }
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return new WaybillError('WB_REQUEST_TIMEOUT')
  return new WaybillError('WB_BAD_REQUEST', { reason: 'it does not parse' })
}
