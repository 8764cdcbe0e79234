import { expect } from 'chai'
import http from 'node:http'
import net from 'node:net'
import type { AddressInfo } from 'node:net'
import { setHead } from '../../../gateway/answer-head.js'

/** Everything that comes back for the given bytes, until the server ends the connection. */
function exchange(listener: http.RequestListener, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const server = http.createServer({ requireHostHeader: false }, listener)
    server.listen(0, '127.0.0.1', () => {
      const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1')
      let got = ''
      socket.on('data', (chunk) => (got += chunk.toString('latin1')))
      socket.on('error', reject)
      socket.on('close', () => server.close(() => resolve(got)))
      socket.end(bytes)
    })
  })
}

describe('a head given to Node’s response as text', () => {
  it('is sent as it is, in latin1, once, and the connection serves the next request', async () => {
    const text = 'HTTP/1.1 200 Fine\r\nX-Latin: \xe9\r\nContent-Length: 2\r\n\r\nok'
    const got = await exchange((_, response) => {
      setHead(response, { status: 200, text, chunked: false, last: false })
      response.end()
    }, 'GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n')
    expect(got).to.equal(text + text)
  })

  it('frames chunks where it says so, and ends the connection where it says so', async () => {
    const text = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n'
    const got = await exchange((_, response) => {
      setHead(response, { status: 200, text, chunked: true, last: true })
      response.write('', 'latin1')
      response.write(Buffer.from('abc'))
      response.end()
    }, 'GET / HTTP/1.1\r\n\r\nGET /never HTTP/1.1\r\n\r\n')
    expect(got).to.equal(`${text}3\r\nabc\r\n0\r\n\r\n`)
  })

  it('has no body for HEAD', async () => {
    const text = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n'
    const got = await exchange((_, response) => {
      setHead(response, { status: 200, text, chunked: false, last: false })
      response.end(Buffer.from('abc'))
    }, 'HEAD / HTTP/1.1\r\n\r\n')
    expect(got).to.equal(text)
  })
})
