// A Recorder that keeps everything in memory, for tests of the data plane. It can hold commits back and fail on demand.
import { WaybillError } from '../../core/errors.js'
import type { Capture, ExchangeRecord, Intent } from '../../core/exchange.js'
import type { ExchangeId } from '../../core/ids.js'
import type { BodySide, Done, Recorder } from '../../core/recorder-port.js'

export interface Closed {
  readonly record: ExchangeRecord
  readonly capture: Capture
}

export class MemoryRecorder implements Recorder {
  readonly intents: Intent[] = []
  readonly notes: ExchangeRecord[] = []
  readonly closed: Closed[] = []
  readonly chunks: { exchange: ExchangeId; side: BodySide; bytes: Uint8Array }[] = []
  readonly abandoned: { intent: Intent; reason: string }[] = []
  /** commits of closing records wait for `release`; modes that wait for none are told as the port says */
  holdCloses = false
  /** commits of opening and progress records wait for `release` */
  holdNotes = false
  /** which calls fail */
  fail: { open?: boolean; record?: boolean; close?: boolean } = {}
  private readonly held: (() => void)[] = []
  private readonly listeners: (() => void)[] = []

  open(intent: Intent, forward: Done): void {
    this.intents.push(intent)
    this.settle(forward, this.fail.open === true ? 'WB_RECORD_UNAVAILABLE' : undefined, intent.id)
  }

  record(record: ExchangeRecord, done: Done): void {
    this.notes.push(record)
    const finish = () => this.settle(done, this.fail.record === true ? 'WB_RECORD_FAILED' : undefined, record.id)
    if (this.holdNotes) this.held.push(finish)
    else finish()
    this.changed()
  }

  close(record: ExchangeRecord, capture: Capture, done: Done): void {
    this.closed.push({ record, capture })
    const finish = () => this.settle(done, this.fail.close === true ? 'WB_RECORD_FAILED' : undefined, record.id)
    const waits = record.mode === 'durable' || record.mode === 'required'
    if (this.holdCloses && waits) this.held.push(finish)
    else finish()
    this.changed()
  }

  chunk(exchange: ExchangeId, side: BodySide, bytes: Uint8Array): void {
    this.chunks.push({ exchange, side, bytes })
  }

  abandon(intent: Intent, reason: string): void {
    this.abandoned.push({ intent, reason })
    this.changed()
  }

  drain(): Promise<void> {
    return Promise.resolve()
  }

  /** Lets everything go that is held back. */
  release(): void {
    for (const finish of this.held.splice(0)) finish()
  }

  /** Resolves when `condition` holds; it is looked at whenever something was recorded. */
  until(condition: (recorder: this) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (condition(this)) resolve()
        else this.listeners.push(look)
      }
      look()
    })
  }

  private changed(): void {
    for (const listener of this.listeners.splice(0)) listener()
  }

  private settle(done: Done, code: 'WB_RECORD_UNAVAILABLE' | 'WB_RECORD_FAILED' | undefined, exchange: string): void {
    const failure =
      code === undefined ? undefined : new WaybillError(code, { exchange, route: 'any', reason: 'told to' })
    setImmediate(done, failure)
  }
}
