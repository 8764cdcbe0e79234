// Real services and clients written in Python, as child processes. A missing tool is a failure that says what to do.
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** The interpreter that has `test/real/requirements.txt` installed. */
export function pythonPath(): string {
  const path = process.env['WAYBILL_TEST_PYTHON'] ?? join(root, '.cache/venv/bin/python')
  if (existsSync(path)) return path
  throw new Error(
    `no Python at ${path}. Make one: python3 -m venv .cache/venv && .cache/venv/bin/pip install -r test/real/requirements.txt ` +
      '(or name another with WAYBILL_TEST_PYTHON)',
  )
}

export interface RealService {
  readonly url: string
  stop(): Promise<void>
}

const quietly = {
  PYTHONUNBUFFERED: '1',
  MLFLOW_DISABLE_TELEMETRY: 'true',
  MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
  DO_NOT_TRACK: '1',
  GIT_PYTHON_REFRESH: 'quiet',
  NO_COLOR: '1',
}

/** Where a tracking server keeps artifacts (default: a folder of its own), and what it needs for that. */
export interface ArtifactStore {
  readonly destination: string
  readonly settings: Readonly<Record<string, string>>
}

/** MLflow's tracking server on a free port, with a database of its own. `more`: arguments of `mlflow server`. */
export async function startMlflow(store?: ArtifactStore, more: readonly string[] = []): Promise<RealService> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-mlflow-'))
  const args = [
    ...['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', '0', '--workers', '1'],
    ...['--backend-store-uri', `sqlite:///${folder}/mlflow.db`],
    ...['--artifacts-destination', store?.destination ?? join(folder, 'artifacts')],
    ...more,
  ]
  const ready = /Uvicorn running on (http:\/\/127\.0\.0\.1:\d+)/
  return startService(args, { folder, ready, settings: store?.settings ?? {} })
}

/** moto's S3 on a free port; keeps everything in memory. */
export async function startMoto(): Promise<RealService> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-moto-'))
  const args = ['-m', 'moto.server', '-H', '127.0.0.1', '-p', '0']
  return startService(args, { folder, ready: /Running on (http:\/\/127\.0\.0\.1:\d+)/, settings: {} })
}

interface Service {
  readonly folder: string
  /** what it says when it listens, with its URL */
  readonly ready: RegExp
  readonly settings: Readonly<Record<string, string>>
}

async function startService(args: readonly string[], { folder, ready, settings }: Service): Promise<RealService> {
  // A process group of its own, since servers start workers.
  const child = spawn(pythonPath(), args, {
    cwd: folder,
    detached: true,
    env: { ...process.env, ...quietly, HOME: folder, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stop = async () => {
    await endGroup(child)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    return { url: await saying(child, ready, args.join(' ')), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function saying(child: ChildProcess, ready: RegExp, what: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    const listen = (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-16_384)
      const found = ready.exec(said)?.[1]
      if (found !== undefined) resolve(found)
    }
    child.stdout?.on('data', listen)
    child.stderr?.on('data', listen)
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${what} ended with ${code}:\n${said}`)))
  })
}

function endGroup(child: ChildProcess): Promise<void> {
  const { pid } = child
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    const force = setTimeout(() => process.kill(-pid, 'SIGKILL'), 10_000)
    child.once('exit', () => {
      clearTimeout(force)
      endRest(pid)
      resolve()
    })
    process.kill(-pid, 'SIGTERM')
  })
}

/** Workers that outlived the server they belonged to. */
function endRest(group: number): void {
  try {
    process.kill(-group, 'SIGKILL')
  } catch {
    // none was left
  }
}

/** Runs `test/real/clients/<script>` to its end; what it prints last is JSON, its answer. */
export async function runClient<T>(script: string, settings: Readonly<Record<string, string>>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-client-'))
  const child = spawn(pythonPath(), [join(root, 'test/real/clients', script)], {
    cwd: folder,
    env: { ...process.env, ...quietly, HOME: folder, PYTHONHASHSEED: '0', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output: Buffer[] = []
  const errors: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  rmSync(folder, { recursive: true, force: true })
  const text = Buffer.concat(output).toString()
  if (code !== 0)
    throw new Error(`${script} ended with ${code}:\n${Buffer.concat(errors).toString().slice(-4000)}\n${text}`)
  return JSON.parse(text.trimEnd().split('\n').at(-1) ?? '') as T
}
