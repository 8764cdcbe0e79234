// Where a thread's entry is. Threads always run from dist/, also when their parent runs from TypeScript sources.

/**
 * URL of the compiled thread entry `name` (e.g. `./ledger.thread.js`) beside the module `parent` (its import.meta.url).
 */
export function threadEntry(parent: string, name: string): URL {
  const url = new URL(name, parent)
  const root = new URL('../', import.meta.url)
  if (root.pathname.endsWith('/dist/')) return url
  return new URL(`dist/${url.href.slice(root.href.length)}`, root)
}
