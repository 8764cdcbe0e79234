// The part of HAR 1.2 that says what passed: requests, responses, their fields, bodies and times. What else tools write is let by.
import { z } from 'zod'

const pair = z.looseObject({ name: z.string(), value: z.string() })

const postData = z.looseObject({
  mimeType: z.string().optional(),
  text: z.string().optional(),
  /** instead of `text`: a form's fields */
  params: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).optional(),
  /** not in HAR 1.2, but written by several tools where `text` cannot hold the bytes */
  encoding: z.string().optional(),
  _encoding: z.string().optional(),
})

const content = z.looseObject({
  size: z.number().optional(),
  mimeType: z.string().optional(),
  text: z.string().optional(),
  encoding: z.string().optional(),
})

export const harEntry = z.looseObject({
  startedDateTime: z.iso.datetime({ offset: true, error: 'expected a time in RFC 3339' }),
  /** milliseconds */
  time: z.number().optional(),
  request: z.looseObject({
    method: z.string().min(1),
    url: z.url('expected a URL'),
    headers: z.array(pair),
    postData: postData.optional(),
    bodySize: z.number().optional(),
  }),
  response: z.looseObject({
    /** 0 where none came */
    status: z.int().min(0).max(999),
    headers: z.array(pair),
    content: content.optional(),
    bodySize: z.number().optional(),
  }),
})

export const harFile = z.looseObject({
  log: z.looseObject({ version: z.string().optional(), entries: z.array(harEntry) }),
})

export type HarEntry = z.infer<typeof harEntry>
export type HarPostData = z.infer<typeof postData>
export type HarContent = z.infer<typeof content>
