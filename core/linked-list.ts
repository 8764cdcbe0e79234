// Things that come and go all the time, in the order in which they came. No Set or Map: one that entries enter and leave all the
// time goes through many tables a second, each of which V8 lets point to the next; once one of them has grown old, it keeps alive all
// that come after it, with what was in them, and each collection of young things has to move it all. What has left a list points to no other.

/** A place in a list. */
export interface Place {
  /** Out of the list; nothing happens where it has left it. */
  leave(): void
}

export class LinkedList<T> {
  private first: Link<T> | null = null
  private last: Link<T> | null = null

  /** Behind all others. */
  add(value: T): Place {
    const link = new Link(value, this)
    link.before = this.last
    if (this.last === null) this.first = link
    else this.last.after = link
    this.last = link
    return link
  }

  /** What has been in it the longest; undefined where there is nothing. */
  oldest(): T | undefined {
    return this.first?.value
  }

  /** Takes out what has been in it the longest. */
  shift(): T | undefined {
    const link = this.first
    link?.leave()
    return link?.value
  }

  /** What is in it now: it may change while that is gone through. */
  values(): T[] {
    const values: T[] = []
    for (let link = this.first; link !== null; link = link.after) values.push(link.value)
    return values
  }

  /** By its links only. */
  remove(link: Link<T>): void {
    const { before, after } = link
    if (before === null && this.first !== link) return
    if (before === null) this.first = after
    else before.after = after
    if (after === null) this.last = before
    else after.before = before
    link.before = link.after = null
  }
}

class Link<T> implements Place {
  readonly value: T
  private readonly list: LinkedList<T>
  before: Link<T> | null = null
  after: Link<T> | null = null

  constructor(value: T, list: LinkedList<T>) {
    this.value = value
    this.list = list
  }

  leave(): void {
    this.list.remove(this)
  }
}
