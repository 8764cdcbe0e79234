// Waybill as users run it: `waybill start` from dist/ in a process of its own, on a data folder of its own.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loopDelayPreload } from './loop-delay.js'
import type { StartTarget, Target } from './peers.js'
import { answers, freePort, startProcess } from './processes.js'

export type BenchMode = 'off' | 'async' | 'durable'

export interface WaybillTarget extends Target {
  /** base URL of the control plane */
  readonly control: string
  /** its data folder */
  readonly data: string
  /** where it reports its loop delay: loop-delay.ts */
  readonly loopFile: string
}

export const waybillMain = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

export function startWaybill(mode: BenchMode): (...parts: Parameters<StartTarget>) => Promise<WaybillTarget> {
  return async (dir, upstream) => {
    const folder = join(dir, `waybill-${mode}`)
    const data = join(folder, 'data')
    mkdirSync(folder, { recursive: true })
    const [port, controlPort] = [await freePort(), await freePort()]
    const file = join(folder, 'waybill.yaml')
    const loopFile = join(folder, 'loop-delay')
    writeFileSync(file, configuration({ upstream, mode, port, controlPort, data }))
    const control = `http://127.0.0.1:${controlPort}`
    const child = await startProcess({
      program: process.execPath,
      args: ['--import', loopDelayPreload, waybillMain, 'start', '--config', file],
      env: { BENCH_LOOP_FILE: loopFile },
      log: join(folder, 'log'),
      ready: () => answers(`${control}/readyz`),
    })
    return { name: `waybill ${mode}`, url: `http://127.0.0.1:${port}`, control, data, loopFile, ...child }
  }
}

interface Settings {
  readonly upstream: string
  readonly mode: BenchMode
  readonly port: number
  readonly controlPort: number
  readonly data: string
}

/** JSON both ways is read by one `http-json`: an activity with its state, one thing used, one generated. */
function configuration({ upstream, mode, port, controlPort, data }: Settings): string {
  return `services:
  upstream: { url: "${upstream}" }
routes:
  - name: json
    match: { path: /json, method: POST }
    service: upstream
    gather:
      - use: http-json
        when: { status: 2xx }
        with:
          activity: { type: training-run, id: "bench/{$.response.body.job.id}" }
          agent: "{$.request.body.by}"
          used:
            - { type: dataset, name: "{$.request.body.dataset.uri}", version: "{$.request.body.dataset.version}" }
          generated:
            - type: model
              name: "models/{$.response.body.model.name}"
              version: "{$.response.body.model.version}"
              required: true
  - { name: plain, match: { path: /* }, service: upstream }
record: ${mode}
data: ${data}
listeners: [{ port: ${port} }]
control: { port: ${controlPort} }
`
}
