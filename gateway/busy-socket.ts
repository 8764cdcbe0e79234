// What a connection is busy with. Never ends or writes to one.
import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** The answer under way on a connection, or null. Node has no public name for it. */
export function answerUnderWay(socket: Duplex): ServerResponse | null {
  return (socket as { _httpMessage?: ServerResponse | null })._httpMessage ?? null
}
