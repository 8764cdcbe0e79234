// A secret that was configured by reference: it can be used, and shows nothing of itself when printed or serialized.
import { inspect } from 'node:util'
import type { SecretReference } from '../core/options.js'

export interface Secret {
  reveal(): string
  toJSON(): string
}

export function createSecret(reference: SecretReference, value: string): Secret {
  const shown = 'env' in reference ? `[secret env:${reference.env}]` : `[secret file:${reference.file}]`
  return {
    reveal: () => value,
    toJSON: () => shown,
    [inspect.custom]: () => shown,
  } as Secret
}
