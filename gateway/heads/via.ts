// `Via` (RFC 9110 section 7.6.3): one field line of ours after those that came, which stay as they are.

/** `version`: of the message as received, e.g. `1.1`. */
export function viaValue(version: string, pseudonym: string): string {
  return `${version} ${pseudonym}`
}
