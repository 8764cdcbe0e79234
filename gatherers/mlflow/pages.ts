// Files that MLflow's own pages show and upload, and old clients read. Such a request names a run, a model or a version, and not
// where its artifacts are: the file is called after that, and the proxied artifact API tells what else it is called.
import { gatherDownloaded, gatherUploaded, type ArtifactFile } from './artifacts.js'
import { add, describe, known, ofActivity, type Reading } from './reading.js'

export function gatherRunFileShown(reading: Reading): void {
  const file = runFileOf(reading)
  if (file !== undefined) gatherDownloaded(reading, file)
}

export function gatherRunFileUploaded(reading: Reading): void {
  const file = runFileOf(reading)
  if (file !== undefined) gatherUploaded(reading, file)
}

/** Where a version's files are only the server knows: the version is what was used, whatever file of it. */
export function gatherVersionFileShown(reading: Reading): void {
  const { names, address, call, exchange } = reading
  const name = asked(address.query, 'name')
  const version = asked(address.query, 'version')
  if (name === undefined || version === undefined) return
  add(reading, { kind: 'used', activity: call, entity: names.modelVersion(name, version), role: 'model' })
  const digest = exchange.record.response?.status === 200 ? exchange.response.digest('sha256') : undefined
  describe(reading, ofActivity(call), 'artifact', known({ path: asked(address.query, 'path'), digest }))
}

export function gatherModelFileShown(reading: Reading, model: string): void {
  const { names, address } = reading
  const path = asked(address.query, 'artifact_file_path')
  if (path === undefined) return
  const owner = { model: names.loggedModel(model) }
  gatherDownloaded(reading, { path, name: names.modelFile(model, path), owner, ownName: undefined })
}

function runFileOf({ names, address: { query } }: Reading): ArtifactFile | undefined {
  const run = asked(query, 'run_id') ?? asked(query, 'run_uuid')
  const path = asked(query, 'path')
  if (run === undefined || path === undefined) return undefined
  return { path, name: names.runFile(run, path), owner: { run: names.run(run) }, ownName: undefined }
}

function asked(query: URLSearchParams, name: string): string | undefined {
  const value = query.get(name)
  return value === null || value === '' ? undefined : value
}
