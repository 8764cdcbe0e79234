// The example's waybill.yaml is a configuration that loads without a word, with the real addresses in it.
import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../../../config/load.js'
import { startPlatform } from '../../../examples/platform/start.js'
import { gathererCatalog } from '../../../gatherers/catalog.js'

describe('the example platform’s configuration', () => {
  it('loads without errors or warnings and names the running services', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'platform-'))
    const platform = await startPlatform({ dir })
    try {
      const source = { file: 'waybill.yaml', text: platform.configuration, env: {}, readFile: () => '' }
      const loaded = loadConfig(source, gathererCatalog())
      expect(loaded.warnings).to.deep.equal([])
      if (!loaded.ok) expect(loaded.errors).to.deep.equal([])
      else {
        const urls = Object.entries(loaded.config.services).map(([name, { url }]) => [name, url.replace(/\/$/, '')])
        expect(Object.fromEntries(urls)).to.deep.equal(
          Object.fromEntries(Object.entries(platform.services).map(([name, { url }]) => [name, url])),
        )
      }
    } finally {
      await platform.close()
      rmSync(dir, { recursive: true })
    }
  })
})
