// A catalog of gatherers that takes any options: for tests of the configuration that are not about gatherers.
import { z } from 'zod'
import type { GathererCatalog } from '../../config/catalog.js'
import { noTap } from '../../core/exchange.js'

export const fakeCatalog: GathererCatalog = {
  entries: ['http-json', 's3', 'mlflow'].map((name) => ({
    name,
    version: '1',
    doc: `The gatherer ${name}.`,
    options: z.looseObject({}),
  })),
  when: z.looseObject({}),
  check: () => [],
  selectorFault: () => undefined,
  tap: () => noTap,
}
