// http-proxy as a peer: one process, keep-alive to the upstream. Arguments: port, upstream URL.
import { Agent, createServer } from 'node:http'
import { createRequire } from 'node:module'

const httpProxy = createRequire(import.meta.url)('http-proxy')
const [, , port, target] = process.argv
const proxy = httpProxy.createProxyServer({ target, agent: new Agent({ keepAlive: true, maxSockets: 256 }) })
proxy.on('error', (_error, _request, response) => {
  response.statusCode = 502
  response.end()
})
createServer((request, response) => {
  proxy.web(request, response)
}).listen(Number(port), '127.0.0.1')
