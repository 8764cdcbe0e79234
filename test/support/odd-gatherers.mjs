// Gatherers that misbehave, for tests of the worker around them. Loaded into it by a path option, so it is plain JavaScript.
import { z } from 'zod'

const needs = { request: { bytes: 65_536, digests: [] }, response: { bytes: 65_536, digests: [] } }
const hashed = { ...needs, response: { bytes: 1, digests: ['sha256'] } }

function odd(name, gather, wanted = needs) {
  const compiled = { needs: wanted, applies: () => ({ yes: true, reason: '' }), gather }
  return { name, version: '1', doc: 'Misbehaves.', options: z.unknown(), compile: () => compiled }
}

export const gatherers = [
  odd('hangs', () => {
    while (true);
  }),
  odd('throws', () => {
    throw new TypeError('no')
  }),
  odd('exits', () => process.exit(3)),
  odd('hoards', () => {
    for (const all = []; ;) all.push(new Array(100_000).fill(all.length))
  }),
  odd('not-json', () => ({ facts: [{ kind: 'described', value: Number.NaN }], gaps: [] })),
  odd(
    'digests',
    ({ response }) => ({ facts: [], gaps: [{ reason: 'external', about: response.digest('sha256') ?? 'none' }] }),
    hashed,
  ),
]
