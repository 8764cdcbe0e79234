// The whole configuration as one zod schema, put together from every room's options. Types, validation, the reference
// page and the editor's JSON Schema all come from here. Never reads a file.
import { z } from 'zod'
import { controlOptions } from '../control/options.js'
import { nameOption, redactOptions, tenantOptions } from '../core/options.js'
import {
  limitOptions,
  listenerOptions,
  routeShape,
  serviceOptions,
  timeoutOptions,
  trustedPeersOption,
  viaOption,
} from '../gateway/options.js'
import { dataOption, externalOption } from '../lineage/options.js'
import { exchangesOptions, recorderOptions, recordOption } from '../recorder/options.js'
import type { GathererCatalog, GathererEntry } from './catalog.js'

function gatherOption({ entries, when }: Schemas) {
  const [first, ...rest] = entries.map((entry) => useOption(entry, when))
  const use = first === undefined ? z.never() : z.discriminatedUnion('use', [first, ...rest])
  return z.array(use as z.ZodType<GatherInput>)
}

/** One entry of a route’s `gather` list, checked. */
export interface GatherInput {
  readonly use: string
  readonly when?: unknown
  readonly with?: unknown
}

type Schemas = Pick<GathererCatalog, 'entries' | 'when'>

function useOption(entry: GathererEntry, when: z.ZodType) {
  return z
    .strictObject({
      use: z.literal(entry.name).describe('Name of the gatherer.'),
      when: when.optional(),
      with: entry.options.prefault({}).describe(`Options of \`${entry.name}\`.`),
    })
    .describe(entry.doc)
}

const kindGatherers =
  'What reads provenance off the exchanges, in order. Without it the service’s kind decides (`mlflow`, `s3`: their own gatherer; `http`: none).'

export function configSchema(gatherers: Schemas) {
  const route = z
    .strictObject({
      ...routeShape,
      record: recordOption.optional().describe('Recording mode of this route; the top-level `record` without it.'),
      tenant: tenantOptions
        .optional()
        .describe('Tenant of what this route records; the top-level `tenant` without it.'),
      gather: gatherOption(gatherers).optional().describe(kindGatherers),
    })
    .describe('One way through the gateway: which requests, which service, what is recorded.')
  return z
    .strictObject({
      services: z.record(nameOption(), serviceOptions).describe('The services behind the gateway, by name.'),
      routes: z
        .array(route)
        .min(1, { error: 'expected at least one route' })
        .describe('Routes; the first that matches takes the request.'),
      record: recordOption.prefault('durable').describe('Recording mode of all routes that name none.'),
      tenant: tenantOptions.prefault({}),
      redact: redactOptions.prefault({}),
      data: dataOption,
      external: externalOption,
      listeners: z
        .array(listenerOptions)
        .min(1, { error: 'expected at least one listener' })
        .prefault([{ port: 8080 }])
        .describe('Where the data plane listens.'),
      control: controlOptions.prefault({}),
      timeouts: timeoutOptions.prefault({}),
      limits: limitOptions.prefault({}),
      trustedPeers: trustedPeersOption,
      via: viaOption,
      exchanges: exchangesOptions.prefault({}),
      recorder: recorderOptions.prefault({}),
    })
    .describe('waybill.yaml: which services Waybill stands in front of, and what it records of them.')
}

/** As parsed, before secrets are read. */
export type SchemaOutput = z.output<ReturnType<typeof configSchema>>
