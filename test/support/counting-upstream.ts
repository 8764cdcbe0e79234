// Starts the service of counting-upstream.child.mjs, which goes on while gateways before it die.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface CountingUpstream {
  readonly url: string
  /** Ids of the requests that came since the last call, in order; waits until no connection is open. */
  effects(): Promise<readonly string[]>
  stop(): Promise<void>
}

export async function startCountingUpstream(): Promise<CountingUpstream> {
  const child = fork(fileURLToPath(new URL('./counting-upstream.child.mjs', import.meta.url)), { execArgv: [] })
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  return {
    url: `http://127.0.0.1:${port}`,
    effects: async () => {
      const answer = once(child, 'message') as Promise<[{ effects: string[] }]>
      child.send('effects')
      return (await answer)[0].effects
    },
    stop: async () => {
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}
