// The `s3` gatherer: object versions read, written, copied and deleted, from exchanges with any S3-compatible store.
// Never believes an effect without a response that confirms it: an unknown outcome of a change is a gap.
import { noNeeds } from '../../core/body-needs.js'
import type {
  AnyGatherer,
  CompileContext,
  CompiledGatherer,
  Gathered,
  Gatherer,
  Needs,
  ObservedExchange,
} from '../contract.js'
import type { ActivityRef, Fact } from '../../lineage/model/fact.js'
import { agentOf } from '../caller.js'
import { answeredWith, confirmationOf, unanswered } from '../confirmation.js'
import { bytesOf } from '../sizes.js'
import { addressOf, hostOf, isAmazonHost, type AddressOptions } from './address.js'
import { gatherDeleteBatch } from './batches.js'
import { gatherFormPost } from './forms.js'
import { mutating, operationOf, type S3Operation } from './operation.js'
import { type S3Options, s3Options } from './options.js'
import { type Reading, readingOf } from './reading.js'
import { gatherCopy, gatherDelete, gatherGet, gatherHead, gatherPut, unknownVersion } from './transfers.js'
import {
  gatherUploadAbort,
  gatherUploadComplete,
  gatherUploadCreate,
  gatherUploadPart,
  gatherUploadPartCopy,
} from './uploads.js'

const methods: readonly string[] = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE']

const s3: Gatherer<S3Options> = {
  name: 's3',
  version: '3',
  doc: 'Reads object versions that were read, written, copied and deleted from exchanges with an S3-compatible store.',
  options: s3Options,
  compile,
}

export const s3Gatherer: AnyGatherer = s3

function compile(options: S3Options, context: CompileContext): CompiledGatherer {
  const address: AddressOptions = { hosts: baseHosts(options, context), stripPrefix: context.stripPrefix }
  return {
    needs: needs(options),
    applies: (method) =>
      methods.includes(method)
        ? { yes: true, reason: 'S3 object operations' }
        : { yes: false, reason: `S3 has no ${method}` },
    gather: (exchange) => gather(exchange, address),
  }
}

/** Documents are read, and forms for the sake of their fields. Of an object's content only a digest is wanted. */
function needs({ documents, digest }: S3Options): Needs {
  const reading = { bytes: bytesOf(documents), digests: [] }
  const hashing = { bytes: 0, digests: digest ? (['sha256', 'aws-chunked-sha256'] as const) : [] }
  return {
    request: {
      ...noNeeds,
      some: [
        { when: { methods: ['PUT'], withoutQuery: ['uploadId'] }, ...hashing },
        { when: { methods: ['POST'], query: ['delete'] }, ...reading },
        { when: { methods: ['POST'], types: ['multipart/form-data'] }, ...reading },
      ],
    },
    response: { ...noNeeds, some: [{ when: { methods: ['PUT', 'POST'], withoutQuery: ['select'] }, ...reading }] },
  }
}

/** The service's own name may be a base host too: clients that come by it use `bucket.<name>`. In Amazon's it may be the bucket. */
function baseHosts(options: S3Options, context: CompileContext): readonly string[] {
  const own = URL.canParse(context.service.url) ? hostOf(new URL(context.service.url).hostname) : ''
  const named = /[a-z]/.test(own) && own !== 'localhost' && !own.includes(':') && !isAmazonHost(own) ? [own] : []
  return [...options.hosts.map(hostOf), ...named]
}

function nothing(silent: string): Gathered {
  return { facts: [], gaps: [], silent }
}

function gather(exchange: ObservedExchange, options: AddressOptions): Gathered {
  const { record } = exchange
  const address = addressOf(record.request.target, record.request.authority, options)
  if (address === undefined) return nothing('the request names no bucket')
  const operation = operationOf(record.request.method, address, record.request.fields)
  if (operation.kind === 'other') return nothing('the request is about no object’s content')
  const reading = readingOf(exchange, address)
  const confirmation = confirmationOf(record)
  if (confirmation !== 'confirmed') {
    if (mutating.has(operation.kind) && confirmation === 'unknown') unknownVersion(reading)
    return { ...nothing(unanswered(confirmation)), gaps: reading.gaps }
  }
  const status = record.response?.status ?? 0
  if (!succeeded(operation.kind, status)) return nothing(answeredWith(status))
  gatherOperation(reading, operation)
  if (reading.facts.some((fact) => isAbout(fact, reading.call))) attributeCall(reading)
  return { facts: reading.facts, gaps: reading.gaps }
}

/** A GET may be told that the client has it already, and a form that its browser is to go elsewhere now. */
function succeeded(kind: S3Operation['kind'], status: number): boolean {
  if (status === 304) return kind === 'get'
  return status === 303 ? kind === 'form-post' : status <= 299
}

function gatherOperation(reading: Reading, operation: S3Operation): void {
  switch (operation.kind) {
    case 'get':
    case 'select': {
      gatherGet(reading)
      return
    }
    case 'head': {
      gatherHead(reading)
      return
    }
    case 'put': {
      gatherPut(reading)
      return
    }
    case 'delete': {
      gatherDelete(reading)
      return
    }
    case 'copy': {
      gatherCopy(reading, operation.source)
      return
    }
    case 'upload-create': {
      gatherUploadCreate(reading)
      return
    }
    case 'upload-part': {
      gatherUploadPart(reading, operation.upload)
      return
    }
    case 'upload-part-copy': {
      gatherUploadPartCopy(reading, operation.upload, operation.source)
      return
    }
    case 'upload-complete': {
      gatherUploadComplete(reading, operation.upload)
      return
    }
    case 'upload-abort': {
      gatherUploadAbort(reading, operation.upload)
      return
    }
    case 'delete-batch': {
      gatherDeleteBatch(reading)
      return
    }
    case 'form-post': {
      gatherFormPost(reading)
      return
    }
    case 'other':
      return
    default:
      return operation satisfies never
  }
}

function isAbout(fact: Fact, call: ActivityRef): boolean {
  return Object.values(fact).includes(call) || (fact.kind === 'described' && fact.subject.ref === call)
}

function attributeCall(reading: Reading): void {
  const caller = agentOf(reading.exchange.record)
  if (caller === undefined) return
  const subject = { kind: 'activity', ref: reading.call } as const
  reading.facts.push({ kind: 'attributed-to', subject, agent: caller.agent, by: caller.by, time: reading.at })
}
