// How things of a tracking server are named. The server's name is in every one of them, so that two servers never clash;
// ids that the server made stand as versions, since they name one thing for ever.
import type { ActivityRef, EntityRef } from '../../lineage/model/fact.js'

export interface Names {
  run(id: string): ActivityRef
  experiment(id: string): EntityRef
  /** what `log_model` makes; the server gives its id */
  loggedModel(id: string): EntityRef
  /** a directory of a run's artifacts that was logged as a model, `version` its UUID; without: the one there at that time */
  legacyModel(run: string, path: string, version?: string): EntityRef
  registeredModel(name: string): EntityRef
  /** without `version`: the one that is current under the name */
  modelVersion(name: string, version?: string): EntityRef
  /** without `version`: what the alias names at the fact's time */
  alias(name: string, alias: string, version?: string): EntityRef
  /** a file by one of the names below */
  artifact(name: string, digest: string | undefined): EntityRef
  /** names of files: below the artifact root, as the proxied artifact API has them, … */
  rootFile(path: string): string
  /** … and below a run or a logged model, wherever their artifacts are */
  runFile(run: string, path: string): string
  modelFile(model: string, path: string): string
}

/** `workspace`: where a server has several, each has registered models of its own; all other ids are the server's. */
export function namesOf(server: string, workspace?: string): Names {
  const registry = workspace === undefined ? server : `${server}/${workspace}`
  return {
    run: (id) => ({ type: 'training-run', id: `${server}/${id}` }),
    experiment: (id) => ({ type: 'experiment', name: server, version: id }),
    loggedModel: (id) => ({ type: 'logged-model', name: server, version: id }),
    legacyModel: (run, path, version) =>
      versioned({ type: 'logged-model', name: `${server}/${run}/${path.replace(/\/+$/, '')}` }, version),
    registeredModel: (name) => ({ type: 'registered-model', name: registry, version: name }),
    modelVersion: (name, version) => versioned({ type: 'model', name: `${registry}/${name}` }, version),
    alias: (name, alias, version) => versioned({ type: 'model-alias', name: `${registry}/${name}/${alias}` }, version),
    artifact: (name, digest) => ({ type: 'artifact', name, ...(digest === undefined ? {} : { digest }) }),
    rootFile: (path) => `mlflow-artifacts://${server}/${path}`,
    runFile: (run, path) => `runs://${server}/${run}/${path}`,
    modelFile: (model, path) => `models://${server}/${model}/${path}`,
  }
}

function versioned(ref: EntityRef, version: string | undefined): EntityRef {
  return version === undefined ? ref : { ...ref, version }
}
