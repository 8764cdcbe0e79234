// Clients of a gateway that is about to die: connections that send one POST after the other, and what became of each.
import { Pool } from 'undici'
import type { Random } from './corpora.js'

export const loadedModes = ['async', 'durable', 'required'] as const
export type LoadedMode = (typeof loadedModes)[number]

export interface Sent {
  /** last part of its path */
  readonly id: string
  readonly mode: LoadedMode
  /** of the head, once there is one */
  status?: number
  exchange?: string
  /** every byte of the answer came */
  whole: boolean
}

export interface Load {
  readonly sent: readonly Sent[]
  /** resolves when each connection has met its end */
  readonly over: Promise<unknown>
}

export interface LoadOptions {
  readonly url: string
  readonly connections: number
  /** of its requests' ids */
  readonly prefix: string
  readonly random: Random
  /** an answer came whole; how many there are by now */
  readonly onAnswer: (answers: number) => void
}

/** Runs until the gateway is gone. */
export function startLoad({ url, connections, prefix, random, onAnswer }: LoadOptions): Load {
  const pool = new Pool(url, { connections, pipelining: 1 })
  const sent: Sent[] = []
  let answers = 0
  const one = async (): Promise<boolean> => {
    const mode = loadedModes[random(loadedModes.length)] ?? 'durable'
    const request: Sent = { id: `${prefix}-${sent.length}`, mode, whole: false }
    sent.push(request)
    const body = JSON.stringify({ id: request.id, padding: 'y'.repeat(random(3_000)) })
    const headers = { 'content-type': 'application/json' }
    try {
      const response = await pool.request({ path: `/${mode}/${request.id}`, method: 'POST', headers, body })
      request.status = response.statusCode
      request.exchange = String(response.headers['waybill-exchange'])
      await response.body.text()
      request.whole = true
      onAnswer((answers += 1))
      return true
    } catch {
      return false
    }
  }
  const connection = async (): Promise<void> => {
    while (await one());
  }
  const over = Promise.all(Array.from({ length: connections }, connection)).finally(() => pool.destroy())
  return { sent, over }
}
