import { proveCapture } from '../support/capture-proof.js'

describe('taps under load', () => {
  it('capture what passes: 100,000 bodies, 256 at a time, each with its own digest for an answer', () =>
    proveCapture(100_000)).timeout(900_000)
})
