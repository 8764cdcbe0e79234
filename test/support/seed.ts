// Property tests run twice the same: one seed for all of them, printed, and another one by WAYBILL_TEST_SEED.
import fc from 'fast-check'
import { runs } from './fuzz.js'

const seed = Number(process.env['WAYBILL_TEST_SEED'] ?? 20_261_123)
fc.configureGlobal({ seed, numRuns: runs(100) })
console.log(`property tests: WAYBILL_TEST_SEED=${seed}`)
