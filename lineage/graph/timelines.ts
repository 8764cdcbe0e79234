// Which version of a name was current when. A version becomes current when an activity made it, and stops when a later one
// was made, or after it was invalidated; of two external versions with the same content each for itself. A version that nobody
// was seen to make is a candidate from its first mention on, unless one made later stands. Several candidates are never
// guessed between.
import type { Database } from '../sqlite/driver.js'
import { common, ends, type Classes } from './classes.js'
import { seenAs } from './codes.js'
import { versionsOf } from './schema.js'
import { standing, times, type View } from './view.js'

/** From `from` until the next stretch the candidates are these classes (two stand for "several"). */
export interface Stretch {
  readonly from: number
  readonly candidates: readonly number[]
}

export interface Timeline {
  readonly stretches: readonly Stretch[]
  /** classes current at `time`: none, one, or two for "several" */
  at(time: number): readonly number[]
}

interface Event {
  readonly time: number
  readonly kind: number
  /** class; undefined where all versions are meant */
  readonly of: number | undefined
  /** of that class, see `Classes.partOf` */
  readonly part: number
}

export interface Timelines {
  of(name: number): Timeline
  /** whether facts refer to the bare name as to its current version */
  hasBareFacts(name: number): boolean
  /** reads for many names in one go what `hasBareFacts` will be asked */
  load(names: Iterable<number>): void
}

export function createTimelines(db: Database): (view: View, classes: Classes) => Timelines {
  const versions = db.prepare<{ version: number }>(`SELECT ? AS version UNION ALL ${versionsOf('?')} ORDER BY version`)
  const seen = `SELECT seen.time FROM seen CROSS JOIN leaf ON leaf.id = seen.leaf
    WHERE seen.node = ? AND seen.kind = ? AND ${standing('seen')} ORDER BY seen.time`
  const every = db.prepare<{ time: number }>(seen)
  const first = db.prepare<{ time: number }>(`${seen} LIMIT 1`)
  const bare = db.prepare<{ name: number }>(
    `SELECT one.value AS name FROM json_each(?) one WHERE EXISTS (
       SELECT 1 FROM seen WHERE seen.node = one.value AND seen.kind = ${seenAs.bare})`,
  )

  const eventsOf = (name: number, view: View, classes: Classes): Event[] => {
    const ids = versions.all(name, name).map(({ version }) => version)
    classes.load(ids)
    const events: Event[] = []
    for (const id of ids) {
      const of = id === name ? undefined : classes.of(id).id
      const read = (kind: number): number[] =>
        (kind === seenAs.mentioned ? first : every).all(id, kind, ...times(view)).map(({ time }) => time)
      const kinds = of === undefined ? [seenAs.invalidated] : [seenAs.generated, seenAs.mentioned, seenAs.invalidated]
      // An invalidation holds from the next microsecond on: what is said at its very time is still about the version.
      const after = (kind: number): number => (kind === seenAs.invalidated ? 1 : 0)
      const part = of === undefined ? common : classes.partOf(id)
      for (const kind of kinds) for (const time of read(kind)) events.push({ time: time + after(kind), kind, of, part })
    }
    return events
  }

  return (view, classes) => {
    const timelines = new Map<number, Timeline>()
    const bareNames = new Map<number, boolean>()
    const load = (names: Iterable<number>): void => {
      const missing = [...new Set(names)].filter((name) => !bareNames.has(name))
      if (missing.length === 0) return
      for (const name of missing) bareNames.set(name, false)
      for (const { name } of bare.all(JSON.stringify(missing))) bareNames.set(name, true)
    }
    return {
      load,
      of: (name) => remember(timelines, name, () => timelineOf(eventsOf(name, view, classes))),
      hasBareFacts: (name) => {
        if (!bareNames.has(name)) load([name])
        return bareNames.get(name) === true
      },
    }
  }
}

function remember<K, V>(cache: Map<K, V>, key: K, make: () => V): V {
  const known = cache.get(key)
  if (known !== undefined) return known
  const made = make()
  cache.set(key, made)
  return made
}

function timelineOf(events: readonly Event[]): Timeline {
  const sorted = [...events].sort((a, b) => a.time - b.time || b.kind - a.kind)
  const current = createCurrent()
  const stretches: Stretch[] = []
  for (const [index, event] of sorted.entries()) {
    current.take(event)
    if (sorted[index + 1]?.time !== event.time) stretches.push({ from: event.time, candidates: current.candidates() })
  }
  return { stretches, at: (time) => stretchAt(stretches, time)?.candidates ?? [] }
}

function stretchAt(stretches: readonly Stretch[], time: number): Stretch | undefined {
  let [low, high] = [0, stretches.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((stretches[middle]?.from ?? Infinity) <= time) low = middle + 1
    else high = middle
  }
  return stretches[low - 1]
}

interface Standing {
  readonly of: number
  since: number
  generated: boolean
  /** what of it was made, or mentioned where nothing was; it stands as long as one of them does */
  readonly parts: Map<number, Part>
}

interface Part {
  readonly since: number
  alive: boolean
}

interface Made {
  readonly key: number
  readonly part: Part
  readonly version: Standing
}

/** Takes events in order of time and knows the candidates after each. */
function createCurrent(): { take(event: Event): void; candidates(): number[] } {
  const versions = new Map<number, Standing>()
  const made: Made[] = []
  const mentioned: Standing[] = []
  const stands = ({ key, part, version }: Made): boolean => part.alive && version.parts.get(key) === part

  const invalidate = ({ of, part: named, time }: Event): void => {
    for (const version of of === undefined ? versions.values() : [versions.get(of)]) {
      for (const [key, part] of version?.parts ?? []) {
        // What was made at the time of the invalidation itself stays: emptied and filled at once is filled.
        if (ends(named, key) && part.since < time - 1) part.alive = false
      }
    }
  }
  const mention = (of: number, time: number): void => {
    if (versions.has(of)) return
    const version = { of, since: time, generated: false, parts: new Map([[common, { since: time, alive: true }]]) }
    versions.set(of, version)
    mentioned.push(version)
  }
  const make = (of: number, key: number, time: number): void => {
    const version = versions.get(of) ?? { of, since: time, generated: true, parts: new Map<number, Part>() }
    versions.set(of, version)
    const { parts } = version
    if (!version.generated) parts.clear()
    version.since = time
    version.generated = true
    // What is only known by its content, or by who made it, is the external version that was made then or later.
    if (key !== common) parts.delete(common)
    else if ([...parts.values()].some(({ since }) => since >= time)) return
    const part = { since: time, alive: true }
    parts.set(key, part)
    made.push({ key, part, version })
  }
  const take = (event: Event): void => {
    const { kind, of, part, time } = event
    if (kind === seenAs.invalidated) invalidate(event)
    else if (of === undefined) return
    else if (kind === seenAs.mentioned) mention(of, time)
    else make(of, part, time)
  }

  const candidates = (): number[] => {
    for (let last = made.at(-1); last !== undefined && !stands(last); last = made.at(-1)) made.pop()
    const since = made.at(-1)?.part.since ?? -Infinity
    const found = new Set<number>()
    for (let at = made.length - 1; at >= 0 && made[at]?.part.since === since && found.size < 2; at -= 1) {
      const one = made[at]
      if (one !== undefined && stands(one)) found.add(one.version.of)
    }
    for (const of of mentionedSince(mentioned, since, 2 - found.size)) found.add(of)
    return [...found]
  }
  return { take, candidates }
}

/** Versions first mentioned after `since` that nobody was seen to make, the last first. */
function mentionedSince(mentioned: readonly Standing[], since: number, most: number): number[] {
  const found: number[] = []
  for (let at = mentioned.length - 1; at >= 0 && found.length < most; at -= 1) {
    const version = mentioned[at]
    if (version === undefined || (version.since <= since && !version.generated)) break
    if (!version.generated && version.parts.get(common)?.alive === true) found.push(version.of)
  }
  return found
}
