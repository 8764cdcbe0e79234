// The graph thread: owns graph.db, follows ledger.db over a connection of its own, answers queries. Runs only our code;
// never writes the ledger.
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { createRests } from '../../core/processor-share.js'
import { yieldProcessor } from '../../core/thread-priority.js'
import { openLedgerRows } from '../ledger/reader.js'
import { openGraphFile } from './file.js'
import { createFollower } from './follower.js'
import { createProjection } from './projection.js'
import type { FromGraph, GraphThreadOptions, Queries, ToGraph } from './protocol.js'
import { createGraphStore } from './store.js'

function run(client: MessagePort, { dir, external, share, faults }: GraphThreadOptions): void {
  const ledger = openLedgerRows(dir)
  const db = openGraphFile(dir, ledger, faults)
  const store = createGraphStore(db, { external })
  const queries: Queries = {
    ...store,
    exchange: (id, scope) => ledger.exchange(id, scope),
    exchanges: (filter, scope) => ledger.exchanges(filter, scope),
  }
  const send = (message: FromGraph): void => client.postMessage(message)
  const rests = createRests(share)
  const follower = createFollower({
    ledger,
    projection: createProjection(db, rests),
    rests,
    onProjected: (leaves, progress) => send({ kind: 'projected', leaves, ...progress }),
    onStalled: (reason) => send({ kind: 'stalled', reason }),
  })

  const answer = (message: Extract<ToGraph, { kind: 'query' }>): void => {
    try {
      const query = queries[message.name] as (...args: readonly unknown[]) => unknown
      send({ kind: 'answer', id: message.id, value: query(...message.args) })
    } catch (thrown) {
      send({ kind: 'failed', id: message.id, reason: thrown instanceof Error ? thrown.message : String(thrown) })
    }
  }

  client.on('message', (message: ToGraph) => {
    switch (message.kind) {
      case 'query':
        answer(message)
        return
      case 'advance':
        follower.advance(message.seq)
        return
      case 'catch-up':
        follower.whenCaughtUp(() => send({ kind: 'answer', id: message.id, value: undefined }))
        return
      case 'close':
        db.close()
        ledger.close()
        process.exit(0)
        return
      default:
        message satisfies never
    }
  })
  follower.advance(ledger.count())
  send({ kind: 'ready', ...follower.progress() })
}

if (parentPort !== null) {
  yieldProcessor('graph')
  run(parentPort, workerData as GraphThreadOptions)
}
