// Numbers behind each other that become one array of eight bytes each. V8's own lists of numbers are copied as a whole whenever they
// have grown, and by each collection of garbage meanwhile.

export interface NumberList {
  readonly length: number
  push(...numbers: readonly number[]): void
  /** a copy */
  all(): Float64Array<ArrayBuffer>
}

export function createNumberList(): NumberList {
  let numbers = new Float64Array(256)
  let length = 0
  return {
    get length() {
      return length
    },
    push: (...more) => {
      if (length + more.length > numbers.length) {
        const longer = new Float64Array(numbers.length * 2 + more.length)
        longer.set(numbers)
        numbers = longer
      }
      for (const number of more) {
        numbers[length] = number
        length += 1
      }
    },
    all: () => numbers.slice(0, length),
  }
}
