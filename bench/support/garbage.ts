// What a bench itself has made and thrown away (requests, batches, what its peer left) is collected before the clock starts: it would be
// collected by the same processors while the measured thing works.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** All of this thread's. */
export function collectGarbage(): void {
  collect()
}
