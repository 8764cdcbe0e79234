// Reads which MLflow operation a request target is for: REST (`/api/2.0/mlflow/…`, the browser's `/ajax-api/…`), the
// proxied artifact API (`/api/2.0/mlflow-artifacts/…`), or the files that MLflow's pages show (`/get-artifact`), under any prefix.
// Never looks at bodies.

export interface MlflowAddress {
  readonly api: 'mlflow' | 'mlflow-artifacts'
  /** e.g. `runs/create`, `logged-models/m-1`; artifact paths percent-decoded, the rest as sent */
  readonly operation: string
  readonly query: URLSearchParams
}

const shape = /\/(?:ajax-)?api\/\d\.\d\/(?:preview\/)?(mlflow|mlflow-artifacts)\/(.+)$/

const ofPages = /\/((?:model-versions\/)?get-artifact)$/

export function addressOf(target: string): MlflowAddress | undefined {
  const question = target.indexOf('?')
  const sent = question < 0 ? target : target.slice(0, question)
  const query = new URLSearchParams(question < 0 ? '' : target.slice(question + 1))
  const [, api, path = ''] = shape.exec(sent) ?? []
  if (api === undefined) {
    const [, operation] = ofPages.exec(sent) ?? []
    return operation === undefined ? undefined : { api: 'mlflow', operation, query }
  }
  return api === 'mlflow'
    ? { api: 'mlflow', operation: path.replace(/\/$/, ''), query }
    : { api: 'mlflow-artifacts', operation: decoded(path), query }
}

/** As sent where the percent signs make no sense. */
export function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
