// What a service's kind brings: its path mode, and the gatherers of routes that name none.
import type { ServiceKind } from '../gateway/options.js'

export interface KindDefaults {
  readonly path: 'strict' | 'opaque'
  readonly gatherers: readonly string[]
}

export const kindDefaults: Readonly<Record<ServiceKind, KindDefaults>> = {
  http: { path: 'strict', gatherers: [] },
  s3: { path: 'opaque', gatherers: ['s3'] },
  mlflow: { path: 'strict', gatherers: ['mlflow'] },
  registry: { path: 'opaque', gatherers: [] },
}
