// Copies what is committed in ledger.db's write-ahead log back into the file, when it is asked to: some twenty milliseconds of
// small writes and two syncs that no commit should wait for. Changes nothing that a reader could see.
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { openDatabase } from '../sqlite/driver.js'
import type { CheckpointThreadOptions, FromCheckpoint, ToCheckpoint } from './protocol.js'

function run(client: MessagePort, { file }: CheckpointThreadOptions): void {
  const database = openDatabase(file, { readonly: false, synchronous: 'FULL', checkpointPages: 0 })
  client.on('message', (message: ToCheckpoint) => {
    if (message.kind === 'close') {
      database.close()
      process.exit(0)
    }
    database.checkpoint()
    client.postMessage({ kind: 'copied' } satisfies FromCheckpoint)
  })
}

if (parentPort !== null) run(parentPort, workerData as CheckpointThreadOptions)
