// The conditions under which a gatherer looks at an exchange; common to all gatherers. Schema only.
import { z } from 'zod'

function oneOrMany<T extends z.ZodType>(one: T) {
  return z.union([one, z.array(one).min(1)])
}

const method = z.string().regex(/^[A-Za-z][A-Za-z-]*$/, 'expected a method such as POST')
const status = z.union([
  z.int().min(100).max(599),
  z.string().regex(/^[1-5](xx|\d\d)$/, 'expected a status such as 201 or a class such as 2xx'),
])
const mediaType = z
  .string()
  .regex(/^[^\s/;]+\/[^\s/;]+$/, 'expected a media type such as application/json, application/* or application/*+json')

export const whenOptions = z
  .strictObject({
    method: oneOrMany(method).optional().describe('Request method, or a list of them. Default: any.'),
    path: z
      .string()
      .startsWith('/', 'expected a path that begins with /')
      .optional()
      .describe(
        'Path as the client sends it, written as in routes: `/exact`, `/prefix/*`, `{name}` for one segment. Its names are path parameters (`$.request.params.name`) beside those of the route. Default: any.',
      ),
    status: oneOrMany(status)
      .optional()
      .describe('Response status (`404`), class (`2xx`), or a list of them. Default: any, failures included.'),
    content: z
      .strictObject({
        request: oneOrMany(mediaType).optional().describe('Media type of the request body; `application/*` takes all.'),
        response: oneOrMany(mediaType).optional().describe('Media type of the response body.'),
      })
      .optional()
      .describe('Content types that the bodies must have. Default: any.'),
    exists: oneOrMany(z.string())
      .optional()
      .describe(
        "Selectors that must each find something other than null, e.g. `$.response[?@.status == 'done']`. Default: none.",
      ),
  })
  .describe('Which of the route’s exchanges the gatherer looks at: all conditions must hold.')

export type When = z.infer<typeof whenOptions>
