// Where messages of the CLI and the README send a reader, there is something, also in an installed package.
import { expect } from 'chai'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import packageJson from '../../../package.json' with { type: 'json' }

const root = new URL('../../../', import.meta.url)
const textOf = (path: string) => readFileSync(new URL(path, root), 'utf8')

describe('the package', () => {
  it('holds the pages that messages and the README name', () => {
    const sources = readdirSync(new URL('cli/', root), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => textOf(`cli/${name}`))
    const pages = [...sources, textOf('README.md')].flatMap(
      (text) => text.match(/\bdocs\/[\w/.-]+\.(md|json)\b/g) ?? [],
    )
    expect(pages).to.include('docs/reference/configuration.md').and.to.include('docs/errors.md')
    for (const page of new Set(pages)) {
      expect(existsSync(new URL(page, root)), page).to.equal(true)
      expect(
        packageJson.files.some((kept) => page === kept || page.startsWith(`${kept}/`)),
        `${page} is packed`,
      ).to.equal(true)
    }
  })
})
