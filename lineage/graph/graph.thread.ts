// The graph thread: owns graph.db, follows ledger.db over a connection of its own, answers queries. Runs only our code;
// never writes the ledger.
import type { MessagePort } from 'node:worker_threads'
import { createRests } from '../../core/processor-share.js'
import { yieldProcessor } from '../../core/thread-priority.js'
import { openLedgerRows } from '../ledger/reader.js'
import { runOwnerThread } from '../owner-thread.js'
import { keepExternal, keptExternal } from './external-file.js'
import { droppingTorn, isTorn, openGraphFile, setCheckpoints } from './file.js'
import { createFollower } from './follower.js'
import { createPlanAhead } from './plan-ahead.js'
import { createProjection } from './projection.js'
import type { FromGraph, GraphThreadOptions, Queries, ToGraph } from './protocol.js'
import { createGraphStore } from './store.js'

function run(client: MessagePort, { dir, external, share, faults }: GraphThreadOptions): void {
  yieldProcessor('graph')
  const ledger = openLedgerRows(dir)
  const db = openGraphFile(dir, ledger, faults)
  if (external !== undefined) keepExternal(dir, external)
  const store = createGraphStore(db, { external: external ?? keptExternal(dir) })
  const queries: Queries = {
    ...store,
    exchange: (id, scope) => ledger.exchange(id, scope),
    exchanges: (filter, scope) => ledger.exchanges(filter, scope),
  }
  const orDrop = droppingTorn(db, dir)
  const rests = createRests(share)
  const projection = createProjection(db, rests)
  const send = (message: FromGraph): void => client.postMessage(message)
  const follower = createFollower({
    ledger,
    projection: {
      project: (leaves) => orDrop(() => projection.project(leaves)),
      carryOut: (plan, open) => orDrop(() => projection.carryOut(plan, open)),
      commit: () => orDrop(() => projection.commit()),
      position: () => projection.position(),
    },
    rests,
    plans: createPlanAhead({ dir, share, busy: () => rests.busy(), onFar: (far) => setCheckpoints(db, far) }),
    onProjected: (leaves, progress) => send({ kind: 'projected', leaves, ...progress }),
    onStalled: (reason, progress) => send({ kind: 'stalled', reason, ...progress }),
  })

  const answer = (message: Extract<ToGraph, { kind: 'query' }>): void => {
    const query = queries[message.name] as (...args: readonly unknown[]) => unknown
    // others are asked of the ledger, which nobody drops
    const ofGraph = message.name in store
    try {
      const ask = () => query(...message.args)
      send({ kind: 'answer', id: message.id, value: ofGraph ? orDrop(ask) : ask() })
    } catch (thrown) {
      if (ofGraph && isTorn(thrown)) throw thrown
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
        follower.close()
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

runOwnerThread(run)
