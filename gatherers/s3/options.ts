// The options of the s3 gatherer, as a route's `gather: [{ use: s3, with: … }]` gives them.
import { z } from 'zod'
import { documentSize } from '../sizes.js'

export const s3Options = z
  .strictObject({
    hosts: z
      .array(z.string().min(1))
      .default([])
      .describe('Base hosts for virtual-host style: in `bucket.s3.local`, `s3.local`. Amazon’s own are known.'),
    digest: z
      .boolean()
      .default(true)
      .describe('Compute the SHA-256 of uploaded bodies; without it only what clients and the service state is kept.'),
    documents: documentSize
      .default('256KiB')
      .describe(
        'How much of XML bodies and of forms to read at most, `1KiB` to `16MiB` (batch deletes, completed uploads, copies, form POSTs).',
      ),
  })
  .prefault({})

export type S3Options = z.infer<typeof s3Options>
