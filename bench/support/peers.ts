// The proxies that Waybill is measured beside, each in one process (or worker) and with keep-alive to the upstream, set as
// their documentation advises for throughput.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { answers, freePort, startProcess } from './processes.js'
import { nginxHead, nginxProgram } from './upstream.js'

export interface Target {
  readonly name: string
  readonly url: string
  readonly pid: number
  readonly readySeconds: number
  stop(): Promise<void>
}

export type StartTarget = (dir: string, upstream: string) => Promise<Target>

const installedEnvoy = fileURLToPath(new URL('../../.cache/venv/bin/envoy', import.meta.url))
const envoyProgram = process.env['WAYBILL_BENCH_ENVOY'] ?? (existsSync(installedEnvoy) ? installedEnvoy : 'envoy')

export const startNginx: StartTarget = async (dir, upstream) => {
  const place = await placeFor('nginx', dir)
  const file = join(place.folder, 'nginx.conf')
  writeFileSync(
    file,
    `${nginxHead(place.folder)}
  upstream behind { server ${new URL(upstream).host}; keepalive 128; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${place.port} backlog=1024;
    location / {
      proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $http_host; proxy_buffer_size 16k; proxy_buffers 20 64k; proxy_busy_buffers_size 256k;
    }
  }
}`,
  )
  return { ...place, ...(await start(place, nginxProgram, ['-p', place.folder, '-c', file])) }
}

export const startEnvoy: StartTarget = async (dir, upstream) => {
  const place = await placeFor('envoy', dir)
  const file = join(place.folder, 'envoy.yaml')
  writeFileSync(file, envoyConfiguration(place.port, Number(new URL(upstream).port)))
  const args = ['-c', file, '--concurrency', '1', '--log-level', 'error', '--use-dynamic-base-id']
  return { ...place, ...(await start(place, envoyProgram, args)) }
}

export const startHttpProxy: StartTarget = async (dir, upstream) => {
  const place = await placeFor('http-proxy', dir)
  const child = fileURLToPath(new URL('./http-proxy.child.mjs', import.meta.url))
  return { ...place, ...(await start(place, process.execPath, [child, String(place.port), upstream])) }
}

interface Place {
  readonly name: string
  readonly folder: string
  readonly port: number
  readonly url: string
}

async function placeFor(name: string, dir: string): Promise<Place> {
  const folder = join(dir, name)
  mkdirSync(folder, { recursive: true })
  const port = await freePort()
  return { name, folder, port, url: `http://127.0.0.1:${port}` }
}

function start(place: Place, program: string, args: readonly string[]): ReturnType<typeof startProcess> {
  return startProcess({ program, args, log: join(place.folder, 'log'), ready: () => answers(`${place.url}/1k`) })
}

function envoyConfiguration(port: number, upstreamPort: number): string {
  const address = (at: number) => `{ socket_address: { address: 127.0.0.1, port_value: ${at} } }`
  return `static_resources:
  listeners:
    - address: ${address(port)}
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: bench
                codec_type: HTTP1
                generate_request_id: false
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
                      suppress_envoy_headers: true
                      dynamic_stats: false
                route_config:
                  virtual_hosts:
                    - { name: all, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: behind } }] }
  clusters:
    - name: behind
      type: STATIC
      connect_timeout: 5s
      circuit_breakers: { thresholds: [{ max_connections: 1024, max_pending_requests: 4096, max_requests: 4096 }] }
      load_assignment:
        cluster_name: behind
        endpoints: [{ lb_endpoints: [{ endpoint: { address: ${address(upstreamPort)} } }] }]
`
}
