// A service in a process of its own that counts effects: each request's id, the last part of its path, when its head comes.
// Answers JSON that names a model, some whole and some in chunks, some at once and some a little later.
import { createServer } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'

let effects = []
const sockets = new Set()

const server = createServer(async (request, response) => {
  const id = request.url.slice(request.url.lastIndexOf('/') + 1)
  effects.push(id)
  for await (const _ of request);
  if (Math.random() < 0.3) await wait(Math.random() * 5)
  const answer = JSON.stringify({ run: id, model: 'churn', version: id, notes: 'x'.repeat(Math.random() * 4_000) })
  response.setHeader('content-type', 'application/json')
  if (Math.random() < 0.5) response.end(answer)
  else {
    response.write(answer.slice(0, 20))
    if (Math.random() < 0.5) await wait(1)
    response.end(answer.slice(20))
  }
})
server.on('connection', (socket) => {
  sockets.add(socket)
  socket.on('error', () => undefined)
  socket.once('close', () => sockets.delete(socket))
})
// What a dead gateway had put into a socket is read after its death: the count is asked for when all sockets are gone.
process.on('message', async () => {
  while (sockets.size > 0) await wait(1)
  process.send({ effects })
  effects = []
})
process.on('disconnect', () => process.exit(0))
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
