// The options of the mlflow gatherer, as a route's `gather: [{ use: mlflow, with: … }]` gives them.
import { z } from 'zod'
import { documentSize } from '../sizes.js'

export const mlflowOptions = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Name of the tracking server in all ids made from it; default: the service’s name. Keep it when the service moves.',
      ),
    digest: z.boolean().default(true).describe('Compute the SHA-256 of artifacts; without it they have no version.'),
    bodies: documentSize
      .default('1MiB')
      .describe(
        'How much of JSON bodies to read at most, `1KiB` to `16MiB` (MLflow itself takes batches of up to 1 MB).',
      ),
  })
  .prefault({})

export type MlflowOptions = z.infer<typeof mlflowOptions>
