// How V8 keeps the heaps of a process that answers clients, of its main thread and of the others: decision 20. Its defaults are made
// for pages and scripts, which rest; here a collection of any thread's heap takes both of two processors from a request, and
// memory that is given back in a quiet minute is code that has to be learnt again in the next busy one.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { shrinkWhenQuiet, type Collect } from '../core/quiet-heap.js'
import { reduceEarly } from './early-reduction.js'

const flags = [
  // A heap may be four times what lived at its last full collection (V8's own limit is between 1.1 and 4 times): in the background threads
  // full collections come once in seconds instead of once or twice a second.
  '--heap-growing-percent=300',
  // A full collection marks with one thread beside, not with one for each processor and more.
  '--concurrent-marking-max-worker-num=1',
  // No collections for the memory's sake in quiet seconds: they drop the shapes of objects of which there is none just then, and with
  // them the machine code of everything that handles such objects. For heaps that are made after this; the main thread's was there
  // before, and has one when cli/early-reduction.ts wants it.
  '--no-memory-reducer',
  '--no-flush-bytecode',
  '--retain-maps-for-n-gc=1000',
  // What core/quiet-heap.ts calls; the main thread's globals are there already.
  '--expose-gc',
] as const

/** For all heaps of the process, from now on. V8 says on standard error which of them it does not know. */
export function keepHeapsForAnswers(): void {
  for (const flag of flags) setFlagsFromString(flag)
  shrinkWhenQuiet(runInNewContext('gc') as Collect)
  reduceEarly()
}
