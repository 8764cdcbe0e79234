// mocha's spec reporter that also adds its true totals to the file WAYBILL_TEST_TOTALS names, one JSON line a run.
const { appendFileSync } = require('node:fs')
const { Spec } = require('mocha').reporters

module.exports = class CountReporter extends Spec {
  constructor(runner, options) {
    super(runner, options)
    runner.once('end', () => {
      const file = process.env.WAYBILL_TEST_TOTALS
      if (file === undefined) return
      const { passes, failures } = this.stats
      appendFileSync(file, `${JSON.stringify({ passed: passes, failed: failures })}\n`)
    })
  }
}
