// What a configuration is once it has been checked. Types only.
import type { SchemaOutput } from './schema.js'
import type { Secret } from './secret.js'

/** All defaults filled in: durations in milliseconds, sizes in bytes, secrets at hand. */
export type Config = Omit<SchemaOutput, 'control'> & {
  readonly control: Omit<SchemaOutput['control'], 'token'> & { readonly token?: Secret }
}
