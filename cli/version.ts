// Waybill's own version, from package.json beside the sources or above dist/.
import { existsSync, readFileSync } from 'node:fs'

export function versionOf(): string {
  const beside = new URL('../package.json', import.meta.url)
  const file = existsSync(beside) ? beside : new URL('../../package.json', import.meta.url)
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  return version
}
