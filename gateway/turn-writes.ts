// Last pieces of answers that nothing has to wait for leave together at the end of the event loop's turn: a write that finds its
// reader asleep costs twice one that follows another. Never holds a piece for longer than the turn in which it came.
import type { ClientStream } from './http1/client-stream.js'

export class TurnWrites {
  private streams: ClientStream[] = []

  /** What is written to `stream` from now on leaves when the turn ends. */
  hold(stream: ClientStream): void {
    stream.cork()
    if (this.streams.push(stream) === 1) setImmediate(release, this)
  }

  release(): void {
    const { streams } = this
    this.streams = []
    for (const stream of streams) stream.uncork()
  }
}

function release(writes: TurnWrites): void {
  writes.release()
}
