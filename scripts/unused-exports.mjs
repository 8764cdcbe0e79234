// Fails on an export that nothing uses: neither another module nor (as a type in a signature) its own.
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import unused from 'ts-unused-exports'

const entries = /\.thread\.ts$|\.test\.ts$/
let count = 0
for (const [file, names] of Object.entries(unused.analyzeTsConfig('tsconfig.json').unusedExports)) {
  if (entries.test(file)) continue
  const text = readFileSync(file, 'utf8')
  for (const { exportName, location } of names) {
    const uses = text.match(new RegExp(`\\b${exportName}\\b`, 'g'))?.length ?? 0
    if (uses > 1) continue
    count += 1
    console.error(`${relative('.', file)}:${location?.line ?? 1}: nothing uses the export ${exportName}`)
  }
}
process.exit(count === 0 ? 0 : 1)
