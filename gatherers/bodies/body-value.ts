// A whole captured body as a JSON value, by its content type. Synchronous and bounded; it never throws.
import type { JsonValue } from '../../lineage/model/fact.js'
import { undoCodings } from './coding.js'
import { decoded, decodeLimits, unparsed, type Decoded, type DecodeLimits } from './decoded.js'
import { parseForm } from './form.js'
import { parseJson, parseNdjson } from './json.js'
import { mediaTypeOf, shapeOf, type BodyShape, type MediaType } from './media-type.js'
import { parseMultipart } from './multipart.js'
import { textOf } from './text.js'

export interface CodedBody {
  readonly bytes: Uint8Array
  /** values of the fields `Content-Type` and `Content-Encoding` */
  readonly contentType: string | undefined
  readonly contentEncoding: string | undefined
}

export interface ReadBody {
  readonly shape: BodyShape
  readonly value: JsonValue
}

/** An empty body is null. */
export function readBody(body: CodedBody, limits: DecodeLimits = decodeLimits): Decoded<ReadBody> {
  if (body.bytes.length === 0) return decoded({ shape: 'opaque', value: null })
  const plain = undoCodings(body.bytes, body.contentEncoding, limits)
  return plain.ok ? readPlain({ bytes: plain.value, contentType: body.contentType }, limits) : plain
}

/** The same with the content codings undone. */
export function readPlain(body: Omit<CodedBody, 'contentEncoding'>, limits: DecodeLimits): Decoded<ReadBody> {
  const type = mediaTypeOf(body.contentType)
  const shape = shapeOf(type, body.bytes)
  const value = valueOf(body.bytes, shape, { type, limits })
  return value.ok ? decoded({ shape, value: value.value }) : value
}

interface Reading {
  readonly type: MediaType | undefined
  readonly limits: DecodeLimits
}

function valueOf(bytes: Uint8Array, shape: BodyShape, { type, limits }: Reading): Decoded<JsonValue> {
  if (shape === 'multipart') return parseMultipart(bytes, type?.parameters.get('boundary'), limits)
  if (shape === 'opaque') return unparsed('no content type that is read')
  const text = textOf(bytes, type?.parameters.get('charset'))
  if (text === undefined) return unparsed('not text in its charset')
  switch (shape) {
    case 'json':
      return parseJson(text, limits)
    case 'ndjson':
      return parseNdjson(text, limits)
    case 'form':
      return parseForm(text, limits)
    case 'text':
      return decoded(text)
    default:
      return shape satisfies never
  }
}
