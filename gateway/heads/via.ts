// `Via` (RFC 9110 section 7.6.3): one field line of ours after those that came, which stay as they are, and what these tell of
// requests that go in a circle.
import { membersOf } from './field-class.js'
import type { RequestHeadView } from './request-head.js'

/**
 * Gateways of one name that a request may have come through: what has passed more goes in a circle. A name alone is no proof of
 * that, since gateways in a row may bear the same one; rows are shorter.
 */
export const mostPasses = 10

/** `version`: of the message as received, e.g. `1.1`. */
export function viaValue(version: string, pseudonym: string): string {
  return `${version} ${pseudonym}`
}

/** How many gateways of that name the request has come through. A comma in a comment may count for one more. */
export function passesOf({ fields, classes }: Pick<RequestHeadView, 'fields' | 'classes'>, pseudonym: string): number {
  let passes = 0
  for (let at = classes.indexOf('via'); at >= 0; at = classes.indexOf('via', at + 1)) {
    for (const member of membersOf(fields[at * 2 + 1] ?? '')) {
      const [, receivedBy] = member.split(/[\t ]+/, 2)
      if (receivedBy === pseudonym) passes += 1
    }
  }
  return passes
}
