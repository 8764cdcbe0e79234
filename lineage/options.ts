// Lineage's part of the configuration: where it is stored, and which names come from outside by design.
import { z } from 'zod'

export const dataOption = z
  .string()
  .min(1)
  .default('./waybill-data')
  .describe('Data folder; a relative path starts at the configuration file’s folder.')

export const externalOption = z
  .array(z.string().min(1))
  .default([])
  .describe(
    'Names of entities whose origin lies outside by design: exact, or a prefix ending in `*` (`s3://public-data/*`). They show as `external`, not as a gap to close.',
  )
