// The service behind every proxy that is measured: nginx with one worker, a 1 KiB and a 1 MiB file, and a JSON answer with
// a fresh id each time. Its own counter (stub_status) says how many requests really arrived.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { answers, freePort, startProcess } from './processes.js'

export interface Upstream {
  readonly url: string
  /** requests that arrived since the start, without the asking for this number */
  count(): Promise<number>
  stop(): Promise<void>
}

export const nginxProgram = process.env['WAYBILL_BENCH_NGINX'] ?? 'nginx'

export async function startUpstream(dir: string): Promise<Upstream> {
  const folder = join(dir, 'upstream')
  mkdirSync(join(folder, 'www'), { recursive: true })
  writeFileSync(join(folder, 'www', '1k'), Buffer.alloc(1024, 'waybill '))
  writeFileSync(join(folder, 'www', '1m'), Buffer.alloc(1024 * 1024, 'waybill '))
  const [port, statusPort] = [await freePort(), await freePort()]
  const url = `http://127.0.0.1:${port}`
  const statusUrl = `http://127.0.0.1:${statusPort}/`
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, configuration(folder, port, statusPort))
  const child = await startProcess({
    program: nginxProgram,
    args: ['-p', folder, '-c', file],
    log: join(folder, 'log'),
    ready: () => answers(`${url}/1k`),
  })
  let asked = 0
  const total = async (): Promise<number> => {
    const text = await (await fetch(statusUrl)).text()
    asked += 1
    return Number(/^\s*\d+ \d+ (\d+)/m.exec(text)?.[1]) - asked
  }
  const before = await total()
  return { url, count: async () => (await total()) - before, stop: () => child.stop() }
}

/** Main and events block, the same for the upstream and for nginx as a peer: one worker, files in `folder`. */
export function nginxHead(folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `worker_processes 1; daemon off; pid ${folder}/pid; error_log stderr error;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 4096; }
http {
  access_log off; tcp_nodelay on; sendfile on; open_file_cache max=100;
  keepalive_timeout 300s; keepalive_requests 1000000000;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}`
}

function configuration(folder: string, port: number, statusPort: number): string {
  const labels = '"labels":{"name":"digits","version":"7","uri":"s3://lake/labels/digits.json"}'
  const model = '"model":{"name":"digits","version":"$request_id","accuracy":0.953}'
  const padding = 'x'.repeat(700)
  return `${nginxHead(folder)}
  server {
    listen 127.0.0.1:${port} backlog=1024;
    root ${folder}/www;
    location = /json {
      default_type application/json;
      return 200 '{"job":{"id":"$request_id","state":"succeeded",${labels}},${model},"notes":"${padding}"}';
    }
  }
  server { listen 127.0.0.1:${statusPort}; location / { stub_status; } }
}`
}
