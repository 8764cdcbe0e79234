// Each configuration in golden/config has its outcome beside it: what it resolves to, or everything that is wrong with it.
// `WAYBILL_GOLDEN=write` writes the outcomes anew; read the difference before committing it.
import { expect } from 'chai'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { errorLine, loadConfig } from '../../config/load.js'
import { gathererCatalog } from '../../gatherers/catalog.js'

const folder = new URL('config/', import.meta.url)
const env = { HOST: 'service.local', PORT: '7070', EMPTY: '', YES: 'true', TOKEN: 'canary-4711' }

function outcomeOf(name: string): unknown {
  const text = readFileSync(new URL(`${name}.yaml`, folder), 'utf8')
  const readFile = (path: string) => {
    throw new Error(`no ${path}`)
  }
  const loaded = loadConfig({ file: `/etc/${name}.yaml`, text, env, readFile }, gathererCatalog())
  const warnings = loaded.warnings.map(errorLine)
  return loaded.ok
    ? { ok: true, warnings, config: JSON.parse(JSON.stringify(loaded.config)) as unknown }
    : { ok: false, warnings, errors: loaded.errors.map(errorLine) }
}

describe('golden configurations', () => {
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))

  for (const name of names) {
    it(name, () => {
      const outcome = outcomeOf(name)
      const file = new URL(`${name}.json`, folder)
      if (process.env['WAYBILL_GOLDEN'] === 'write') writeFileSync(file, `${JSON.stringify(outcome, null, 2)}\n`)
      expect(existsSync(file), 'an outcome beside it').to.equal(true)
      expect(outcome).to.deep.equal(JSON.parse(readFileSync(file, 'utf8')))
      expect(JSON.stringify(outcome)).not.to.contain('canary-4711')
    })
  }
})
