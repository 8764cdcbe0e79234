// The built command `waybill` as a child process, as a user runs it.
import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

export interface Finished {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

export interface WaybillProcess {
  readonly child: ChildProcess
  /** resolves with the match as soon as standard output has it; rejects when the process ends before */
  said(pattern: RegExp): Promise<RegExpExecArray>
  readonly finished: Promise<Finished>
}

export interface ProcessOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

export function spawnWaybill(args: readonly string[], options: ProcessOptions = {}): WaybillProcess {
  return watched(process.execPath, [main, ...args], options)
}

/** As above, its output redirected by the shell, as in `2>/dev/full`. */
export function spawnRedirected(to: string, args: readonly string[], options: ProcessOptions = {}): WaybillProcess {
  return watched('sh', ['-c', `exec "$@" ${to}`, 'sh', process.execPath, main, ...args], options)
}

/** `npm start -- <args>` in a process group of its own, as a terminal's shell starts it. */
export function spawnNpmStart(args: readonly string[]): WaybillProcess {
  const cwd = fileURLToPath(new URL('../..', import.meta.url))
  return watched('npm', ['start', '--no-update-notifier', '--logs-max=0', '--', ...args], { cwd, detached: true })
}

interface SpawnOptions extends ProcessOptions {
  readonly detached?: boolean
}

function watched(command: string, args: readonly string[], { env = {}, ...options }: SpawnOptions): WaybillProcess {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(command, args, { env: { PATH, HOME, ...env }, stdio: ['ignore', 'pipe', 'pipe'], ...options })
  let out = ''
  let err = ''
  const listeners = new Set<() => void>()
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString()
    for (const listener of listeners) listener()
  })
  child.stderr.on('data', (data: Buffer) => {
    err += data.toString()
  })
  const finished = new Promise<Finished>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, out, err }))
  })
  const said = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(out)
        if (match === null) return
        listeners.delete(look)
        resolve(match)
      }
      listeners.add(look)
      look()
      void finished.then((end) =>
        reject(new Error(`ended with ${end.code ?? end.signal ?? '?'} before it said ${pattern.source}: ${end.err}`)),
      )
    })
  return { child, said, finished }
}

export interface Serving {
  readonly waybill: WaybillProcess
  /** base URLs, without a slash at the end */
  readonly gateway: string
  readonly control: string
}

/** A command that serves, on free ports, as soon as it says that it does. */
export async function servingWaybill(waybill: WaybillProcess): Promise<Serving> {
  const gateway = (await waybill.said(/^http-0 +(http:\S+)/m))[1] ?? ''
  const control = (await waybill.said(/^control +(http:\S+)/m))[1] ?? ''
  await waybill.said(/Stop with Ctrl-C/)
  return { waybill, gateway, control }
}

export function runWaybill(args: readonly string[], options?: ProcessOptions): Promise<Finished> {
  return spawnWaybill(args, options).finished
}
