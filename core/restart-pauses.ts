// How long to wait before a thread that has ended is started again: twice as long each time, as long as it gets nowhere.

export interface RestartPauses {
  /** milliseconds before the next start */
  next(): number
  /** It has got on: the next pause is a short one again. */
  reset(): void
}

const firstMs = 250
const longestMs = 8_000

export function createRestartPauses(): RestartPauses {
  let pause = firstMs
  return {
    next: () => {
      const now = pause
      pause = Math.min(pause * 2, longestMs)
      return now
    },
    reset: () => {
      pause = firstMs
    },
  }
}
