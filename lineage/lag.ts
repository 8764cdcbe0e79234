// How far one who follows is behind what he follows, in leaves and in time. Knows neither.

export interface Lag {
  /** There are leaves up to this one. */
  known(leaf: number): void
  /** All up to this one have been followed. */
  reached(leaf: number): void
  leaves(): number
  /** for how long it has been behind by a leaf that was the newest then, milliseconds */
  millis(): number
  /** the newest that is known */
  newest(): number
}

export function createLag(): Lag {
  let done = 0
  let newest = 0
  // A leaf that was the newest at that time: as long as it is not reached, the follower is behind by so much.
  let mark = { leaf: 0, at: 0 }
  return {
    known: (leaf) => {
      newest = Math.max(newest, leaf)
      if (done >= mark.leaf) mark = { leaf: newest, at: performance.now() }
    },
    reached: (leaf) => {
      done = leaf
    },
    leaves: () => Math.max(0, newest - done),
    millis: () => (done < mark.leaf ? performance.now() - mark.at : 0),
    newest: () => newest,
  }
}
