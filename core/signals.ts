// What happened, as named events in the past tense with bounded labels. Leaf code publishes; one subscriber
// (control/telemetry) turns each into a log line and a metric. Threads send theirs back in batches (`record`).

export interface Signal<T> {
  publish(event: T): void
  subscribe(listener: (event: T) => void): void
}

/** Every signal there is, with its labels. Labels must be bounded: names from the configuration, codes, never paths. */
export interface SignalEvents {
  exchangeFinished: { route: string; status: number; outcome: string; seconds: number }
  exchangeRefused: { code: string; route: string }
  exchangeDropped: { route: string; reason: string }
  gapRecorded: { route: string; reason: string; count: number }
  gathererFailed: { route: string; gatherer: string; reason: string }
  gathererReplaced: { route: string; reason: string }
  factsRecorded: { route: string; gatherer: string; facts: number }
  capturesLost: { route: string; reason: string; count: number }
  shadowGathered: { route: string; gatherer: string; facts: number; gaps: number }
  ledgerCommitted: { records: number; seconds: number }
  ledgerFailed: { reason: string }
  ledgerRestarted: { reason: string }
  graphProjected: { leaves: number; lag: number }
  graphFailed: { reason: string }
  graphRestarted: { reason: string }
  upstreamFailed: { service: string; code: string }
  contextFieldDropped: { field: string }
  listenerOpened: { name: string; address: string }
  drained: { exchanges: number; seconds: number }
}

export type SignalName = keyof SignalEvents
export type Signals = { readonly [Name in SignalName]: Signal<SignalEvents[Name]> }

/** A signal on its way between threads. */
export type SignalMessage = {
  [Name in SignalName]: { readonly name: Name; readonly event: SignalEvents[Name] }
}[SignalName]

const names: Record<SignalName, true> = {
  exchangeFinished: true,
  exchangeRefused: true,
  exchangeDropped: true,
  gapRecorded: true,
  gathererFailed: true,
  gathererReplaced: true,
  factsRecorded: true,
  capturesLost: true,
  shadowGathered: true,
  ledgerCommitted: true,
  ledgerFailed: true,
  ledgerRestarted: true,
  graphProjected: true,
  graphFailed: true,
  graphRestarted: true,
  upstreamFailed: true,
  contextFieldDropped: true,
  listenerOpened: true,
  drained: true,
}

function createSignal<T>(): Signal<T> {
  const listeners: ((event: T) => void)[] = []
  return {
    publish: (event) => {
      for (const listener of listeners) listener(event)
    },
    subscribe: (listener) => {
      listeners.push(listener)
    },
  }
}

export function createSignals(): Signals {
  const entries = Object.keys(names).map((name) => [name, createSignal()] as const)
  return Object.fromEntries(entries) as unknown as Signals
}

/** Listens to every signal; for the one subscriber, and for threads that send theirs home. */
export function onEverySignal(signals: Signals, listener: (message: SignalMessage) => void): void {
  for (const name of Object.keys(names) as SignalName[]) {
    const signal = signals[name] as Signal<never>
    signal.subscribe((event) => listener({ name, event }))
  }
}

/** Publishes signals that came from a thread. */
export function publishAll(signals: Signals, messages: readonly SignalMessage[]): void {
  for (const message of messages) (signals[message.name] as Signal<unknown>).publish(message.event)
}
