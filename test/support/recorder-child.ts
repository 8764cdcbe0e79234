// Starts the process of recorder.child.mjs and listens to what it says; the test decides when it dies.
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { GathererUse } from '../../gatherers/contract.js'
import { nodeWithFileLimit } from './file-limit.js'

export interface ChildOptions {
  readonly dir: string
  readonly mode: 'async' | 'durable' | 'required'
  readonly uses?: readonly GathererUse[]
  readonly inFlight?: number
  /** how many it makes before it drains and ends */
  readonly exchanges: number
  /** milliseconds for the drain at its end */
  readonly drain?: number
  /** of the answers; JSON */
  readonly body?: string
  /** no file may grow past this, bytes */
  readonly fileLimit?: number
}

export interface RecorderChild {
  readonly process: ChildProcess
  /** exchanges that took effect at the upstream, in order */
  readonly effects: string[]
  /** those whose client had its answer; the error's code where it was one */
  readonly answered: Map<string, string | null>
  readonly refused: string[]
  /** resolves when it has ended, with its exit code or null for a signal */
  readonly ended: Promise<number | null>
}

interface Message {
  readonly ready?: true
  readonly effect?: string
  readonly answered?: string
  readonly refused?: string
  readonly code?: string | null
}

/** `onEffect` is called between an upstream's effect and what the recorder makes of it. */
export function startRecorderChild(options: ChildOptions, onEffect: (child: RecorderChild) => void): RecorderChild {
  const entry = fileURLToPath(new URL('./recorder.child.mjs', import.meta.url))
  const stdio: StdioOptions = ['pipe', 'inherit', 'inherit', 'ipc']
  const { fileLimit, ...given } = options
  const [command, args] = fileLimit === undefined ? [process.execPath, [entry]] : nodeWithFileLimit(fileLimit, [entry])
  const child = spawn(command, args, { stdio })
  child.stdin?.end(JSON.stringify({ uses: [], inFlight: 8, body: '{}', drain: 20_000, ...given }))
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  const state: RecorderChild = { process: child, effects: [], answered: new Map(), refused: [], ended }
  child.on('message', (message: Message) => {
    if (message.effect !== undefined) {
      state.effects.push(message.effect)
      onEffect(state)
    }
    if (message.answered !== undefined) state.answered.set(message.answered, message.code ?? null)
    if (message.refused !== undefined) state.refused.push(message.refused)
  })
  return state
}

/** Kills it as a power cut of the process would, and waits until it is gone. */
export async function kill(child: RecorderChild): Promise<void> {
  child.process.kill('SIGKILL')
  await child.ended
}
