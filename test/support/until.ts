// Waits for something that nobody announces. The test runner's time-out is the limit.

/** Resolves in the turn of the event loop in which `condition` holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1))
}

/** Lets everything happen that is about to. */
export async function settle(): Promise<void> {
  for (let rounds = 0; rounds < 20; rounds++) await new Promise(setImmediate)
}
