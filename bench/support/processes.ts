// Child processes of a bench: started, waited for until they answer, measured and ended by their own id.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

export interface Process {
  readonly pid: number
  /** seconds from the start of the process until it was ready */
  readonly readySeconds: number
  stop(): Promise<void>
}

export interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** file for what it prints */
  readonly log: string
  /** asked every few milliseconds until true */
  readonly ready: () => Promise<boolean>
}

const readyLimitMs = 30_000

export async function startProcess(command: Command): Promise<Process> {
  const log = openSync(command.log, 'a')
  const started = performance.now()
  const child = spawn(command.program, command.args, {
    stdio: ['ignore', log, log],
    env: { ...process.env, ...command.env },
  })
  const failed = new Promise<never>((_, reject) => child.once('error', reject))
  await Promise.race([failed, becomesReady()])

  async function becomesReady(): Promise<void> {
    while (!(await command.ready().catch(() => false))) {
      const ended = child.exitCode !== null || child.signalCode !== null
      if (ended || performance.now() - started > readyLimitMs) {
        child.kill('SIGKILL')
        throw new Error(`${command.program} did not get ready:\n${readFileSync(command.log, 'utf8').slice(-2000)}`)
      }
      await wait(5)
    }
  }

  return {
    pid: child.pid ?? 0,
    readySeconds: (performance.now() - started) / 1000,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), 20_000)
      await gone
      clearTimeout(late)
    },
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Resident memory in bytes: of a process and of all its threads. */
export function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1] ?? 0) * 1024
}

/** Seconds of CPU that a process and its children have used so far, all threads. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  const own = (Number(fields[11]) + Number(fields[12])) / 100
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  if (children === '') return own
  return children.split(' ').reduce((sum, child) => sum + cpuSeconds(Number(child)), own)
}

export async function answers(url: string): Promise<boolean> {
  const response = await fetch(url)
  await response.arrayBuffer()
  return response.ok
}
