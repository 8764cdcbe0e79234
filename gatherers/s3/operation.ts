// Which S3 operation a request is, as far as provenance cares. Never looks at bodies.
import { fieldOf, type RawFields } from '../../core/exchange.js'
import { type CopySource, copySourceOf, type S3Address } from './address.js'

export type S3Operation =
  | { readonly kind: 'get' | 'head' | 'put' | 'delete' | 'select' }
  | { readonly kind: 'copy'; readonly source: CopySource | undefined }
  | { readonly kind: 'upload-create' }
  | { readonly kind: 'upload-part'; readonly upload: string }
  | { readonly kind: 'upload-part-copy'; readonly upload: string; readonly source: CopySource | undefined }
  | { readonly kind: 'upload-complete' | 'upload-abort'; readonly upload: string }
  | { readonly kind: 'delete-batch' }
  | { readonly kind: 'form-post' }
  /** says nothing about any object's content: listings, access control, configuration, … */
  | { readonly kind: 'other' }

export const mutating: ReadonlySet<S3Operation['kind']> = new Set([
  'put',
  'delete',
  'copy',
  'upload-complete',
  'delete-batch',
  'form-post',
] as const)

// Query parameters that ask for something else than the object's content (S3 API reference, "Actions").
const subresources = [
  'acl',
  'annotation',
  'attributes',
  'encryption',
  'legal-hold',
  'renameObject',
  'restore',
  'retention',
  'tagging',
  'torrent',
  'uploads',
]

const other: S3Operation = { kind: 'other' }

export function operationOf(method: string, address: S3Address, fields: RawFields): S3Operation {
  if (address.key === '') return bucketOperation(method, address, fields)
  const upload = address.query.get('uploadId')
  if (method === 'POST') {
    if (address.query.has('uploads')) return { kind: 'upload-create' }
    if (upload !== undefined) return { kind: 'upload-complete', upload }
    return address.query.has('select') ? { kind: 'select' } : other
  }
  if (subresources.some((name) => address.query.has(name))) return other
  switch (method) {
    case 'GET':
      return upload === undefined ? { kind: 'get' } : other
    case 'HEAD':
      return { kind: 'head' }
    case 'DELETE':
      return upload === undefined ? { kind: 'delete' } : { kind: 'upload-abort', upload }
    case 'PUT':
      return putOperation(upload, fields)
    default:
      return other
  }
}

function putOperation(upload: string | undefined, fields: RawFields): S3Operation {
  const from = fieldOf(fields, 'x-amz-copy-source')
  if (upload === undefined) return from === undefined ? { kind: 'put' } : { kind: 'copy', source: copySourceOf(from) }
  if (from === undefined) return { kind: 'upload-part', upload }
  return { kind: 'upload-part-copy', upload, source: copySourceOf(from) }
}

function bucketOperation(method: string, address: S3Address, fields: RawFields): S3Operation {
  if (method !== 'POST') return other
  if (address.query.has('delete')) return { kind: 'delete-batch' }
  const type = fieldOf(fields, 'content-type') ?? ''
  return type.toLowerCase().startsWith('multipart/form-data') ? { kind: 'form-post' } : other
}
