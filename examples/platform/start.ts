// Starts the example platform's services, each on a free loopback port, and plays its people. The caller puts a gateway in
// front of it (or none). The services never learn of the gateway but as base URLs.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readDigits } from './digits.js'
import { exampleFolder } from './folder.js'
import { playScenario, type Addresses, type Played } from './scenario.js'
import { createAnnotations } from './services/annotations.js'
import { listen, type RunningService } from './services/http-service.js'
import { createInference } from './services/inference.js'
import { keptState } from './services/kept-state.js'
import { createStore } from './services/store.js'
import { createTrainer } from './services/trainer.js'

export interface Platform {
  readonly services: Readonly<Record<keyof Addresses, RunningService>>
  /** text of the example's waybill.yaml with the services' real addresses in it */
  readonly configuration: string
  /** From now on services and people reach one another through the gateway at this base URL; undefined: directly. */
  through(gateway: string | undefined): void
  addresses(): Addresses
  /** Plays the scenario once a folder: again on the same folder, what was played is read back (`fresh` is false). */
  playOnce(): Promise<Played & { readonly fresh: boolean }>
  close(): Promise<void>
}

/** `dir` keeps the services' state, so that they go on after a restart. */
export async function startPlatform(options: { readonly dir: string }): Promise<Platform> {
  let addresses: Addresses | undefined
  const current = (): Addresses => addresses ?? direct
  const storeUrl = () => current().store
  const annotationsUrl = () => current().annotations
  const trainerUrl = () => current().trainer
  const folder = (name: string) => join(options.dir, name)
  const services = {
    store: await listen(createStore({ dir: folder('store') })),
    annotations: await listen(createAnnotations({ dir: folder('annotations'), storeUrl })),
    trainer: await listen(createTrainer({ dir: folder('trainer'), storeUrl, annotationsUrl })),
    inference: await listen(createInference({ storeUrl, trainerUrl })),
  }
  const direct: Addresses = {
    store: services.store.url,
    annotations: services.annotations.url,
    trainer: services.trainer.url,
    inference: services.inference.url,
  }
  return {
    services,
    configuration: configurationFor(direct),
    through: (gateway) => {
      addresses = gateway === undefined ? undefined : behind(gateway)
    },
    addresses: current,
    playOnce: async () => {
      const played = keptState<{ play?: Played }>(folder('played.json'), {})
      if (played.value.play !== undefined) return { ...played.value.play, fresh: false }
      const play = await playScenario(current(), readDigits())
      played.value.play = play
      played.save()
      return { ...play, fresh: true }
    },
    close: async () => {
      await Promise.all(Object.values(services).map((service) => service.close()))
    },
  }
}

/** Where each service is behind a gateway that runs the example's configuration. */
function behind(gateway: string): Addresses {
  return {
    store: `${gateway}/store`,
    annotations: `${gateway}/annotations`,
    trainer: `${gateway}/trainer`,
    inference: `${gateway}/inference`,
  }
}

function configurationFor(direct: Addresses): string {
  const text = readFileSync(new URL('waybill.yaml', exampleFolder()), 'utf8')
  return Object.entries(direct).reduce(
    (filled, [name, url]) => filled.replaceAll(`\${${name.toUpperCase()}_URL}`, url as string),
    text,
  )
}
