// Softmax regression on digits of 8 × 8 pixels, fitted by stochastic gradient descent; written out plainly, seeded, so that
// the same data gives the same model. Gives the event loop its turn after every epoch.
import { setImmediate } from 'node:timers/promises'

export interface Example {
  /** 64 pixels, 0 to 16 */
  readonly pixels: readonly number[]
  readonly label: number
}

/** One row of 65 weights (64 pixels and the bias) a class. */
export interface SoftmaxModel {
  readonly weights: readonly (readonly number[])[]
}

export interface Fitting {
  readonly classes: number
  readonly epochs: number
  readonly rate: number
  readonly seed: number
}

const brightest = 16

export async function fitSoftmax(examples: readonly Example[], how: Fitting): Promise<SoftmaxModel> {
  const inputs = examples.map((example) => inputOf(example.pixels))
  const weights = Array.from({ length: how.classes }, () => new Array<number>(inputs[0]?.length ?? 0).fill(0))
  const random = seededRandom(how.seed)
  const order = examples.map((_, at) => at)
  for (let epoch = 0; epoch < how.epochs; epoch += 1) {
    shuffle(order, random)
    const rate = how.rate / (1 + epoch / 10)
    for (const at of order) step(weights, { input: inputs[at] ?? [], label: examples[at]?.label ?? 0 }, rate)
    await setImmediate()
  }
  return { weights: weights.map((row) => row.map((weight) => Number(weight.toFixed(6)))) }
}

/** Probability of each class. */
export function probabilities(model: SoftmaxModel, pixels: readonly number[]): number[] {
  return scores(model.weights, inputOf(pixels))
}

export function mostLikely(chances: readonly number[]): number {
  return chances.indexOf(Math.max(...chances))
}

/** Share of examples whose most likely class is their label. */
export function accuracyOf(model: SoftmaxModel, examples: readonly Example[]): number {
  const right = examples.filter(({ pixels, label }) => mostLikely(probabilities(model, pixels)) === label)
  return right.length / examples.length
}

function step(weights: number[][], example: { input: readonly number[]; label: number }, rate: number): void {
  const chances = scores(weights, example.input)
  for (const [label, row] of weights.entries()) {
    const error = (chances[label] ?? 0) - (label === example.label ? 1 : 0)
    for (const [at, value] of example.input.entries()) row[at] = (row[at] ?? 0) - rate * error * value
  }
}

function scores(weights: readonly (readonly number[])[], input: readonly number[]): number[] {
  const raw = weights.map((row) => input.reduce((sum, value, at) => sum + value * (row[at] ?? 0), 0))
  const highest = Math.max(...raw)
  const powers = raw.map((score) => Math.exp(score - highest))
  const total = powers.reduce((sum, power) => sum + power, 0)
  return powers.map((power) => power / total)
}

function inputOf(pixels: readonly number[]): number[] {
  return [...pixels.map((pixel) => pixel / brightest), 1]
}

function shuffle(order: number[], random: () => number): void {
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1))
    const kept = order[last] ?? 0
    order[last] = order[other] ?? 0
    order[other] = kept
  }
}

/** mulberry32: uniform on [0, 1), the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
