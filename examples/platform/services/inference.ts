// The inference service: answers with the newest registered version of a model, which it looks up at the trainer for
// every question and loads from the store once.
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { inputOf, json, pathHandler, Refusal, type Handler } from './http-service.js'
import { getObject } from './object-client.js'
import { mostLikely, probabilities, type SoftmaxModel } from './softmax.js'

const question = z.object({
  model: z.string().regex(/^[a-z0-9-]+$/),
  pixels: z.array(z.number().min(0).max(16)).length(64),
})
const registered = z.object({
  model: z.object({
    name: z.string(),
    version: z.int(),
    artifact: z.object({ uri: z.string(), versionId: z.string() }),
  }),
})

export interface InferenceOptions {
  readonly storeUrl: () => string
  readonly trainerUrl: () => string
}

export function createInference(options: InferenceOptions): Handler {
  const loaded = new Map<string, SoftmaxModel>()
  return pathHandler({
    'POST /predict': async ({ request }) => {
      const { model: name, pixels } = await inputOf(question, request)
      const response = await fetch(`${options.trainerUrl()}/models/${name}`)
      if (!response.ok) throw new Refusal(404, `there is no model ${name}`)
      const { model } = registered.parse(await response.json())
      const fitted =
        loaded.get(model.artifact.versionId) ??
        (JSON.parse(await getObject(options.storeUrl(), model.artifact)) as SoftmaxModel)
      loaded.set(model.artifact.versionId, fitted)
      const chances = probabilities(fitted, pixels)
      const digit = mostLikely(chances)
      return json(200, {
        prediction: {
          id: randomUUID(),
          digit,
          probability: Number((chances[digit] ?? 0).toFixed(4)),
          model: { name: model.name, version: model.version },
        },
      })
    },
  })
}
