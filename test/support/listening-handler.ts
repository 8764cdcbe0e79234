// A forwarder's handler that notes what it is told, in order.
import type { ForwardFailure, ForwardHandler } from '../../gateway/forwarder.js'
import type { ResponseHeadView } from '../../gateway/heads/response-head.js'

type Event =
  | { readonly kind: 'information'; readonly status: number; readonly fields: readonly string[] }
  | { readonly kind: 'head'; readonly status: number; readonly reason: string; readonly fields: readonly string[] }
  | { readonly kind: 'chunk'; readonly text: string }
  | { readonly kind: 'end'; readonly trailers: readonly string[] }
  | { readonly kind: 'sent'; readonly whole: boolean }
  | { readonly kind: 'failure'; readonly failure: ForwardFailure }

export class Listening implements ForwardHandler {
  readonly events: Event[] = []
  /** answers of `onHead` and `onChunk` */
  flow = true
  private readonly waiting: (() => void)[] = []

  onInformation(status: number, fields: readonly string[]): void {
    this.note({ kind: 'information', status, fields })
  }

  onHead({ status, fields }: ResponseHeadView, reason: string): boolean {
    this.note({ kind: 'head', status, reason, fields })
    return this.flow
  }

  onChunk(chunk: Buffer): boolean {
    this.note({ kind: 'chunk', text: chunk.toString('latin1') })
    return this.flow
  }

  onEnd(trailers: readonly string[]): void {
    this.note({ kind: 'end', trailers })
  }

  onSent(whole: boolean): void {
    this.note({ kind: 'sent', whole })
  }

  onIdle(): void {
    // what comes is noted as it comes
  }

  onUpgrade(): void {
    throw new Error('nobody asked for an upgrade')
  }

  onFailure(failure: ForwardFailure): void {
    this.note({ kind: 'failure', failure })
  }

  until(condition: () => boolean): Promise<this> {
    return new Promise((resolve) => {
      const look = () => {
        if (condition()) resolve(this)
        else this.waiting.push(look)
      }
      look()
    })
  }

  over(): Promise<this> {
    return this.until(() => this.events.some(({ kind }) => kind === 'end' || kind === 'failure'))
  }

  get failure(): ForwardFailure | undefined {
    for (const event of this.events) if (event.kind === 'failure') return event.failure
    return undefined
  }

  get text(): string {
    return this.events.map((event) => (event.kind === 'chunk' ? event.text : '')).join('')
  }

  private note(event: Event): void {
    this.events.push(event)
    for (const look of this.waiting.splice(0)) look()
  }
}
