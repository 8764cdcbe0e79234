// Debian's Chromium, or another one that is named. A missing browser fails the test.
import { chromium, type Browser } from 'playwright-core'

const executablePath = process.env['WAYBILL_TEST_CHROMIUM'] ?? '/usr/bin/chromium'
const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, args: [...quiet, '--disable-component-update', '--disable-sync'] })
}
