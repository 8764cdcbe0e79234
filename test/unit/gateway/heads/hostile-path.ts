// Random request paths made of the pieces that attacks on path handling are made of.
import fc from 'fast-check'

/** Path pieces that parsers are known to read differently, between ordinary ones. */
export const hostilePath = fc
  .array(
    fc.oneof(
      fc.constantFrom('/', '/', '//', '.', '..', '%2e', '%2E%2e', '%2f', '%5c', '\\', ';', '..;', '%3b', '%00', '%25'),
      fc.constantFrom('%252e', '%c0%ae', '%C0%AF', '%e0%80%af', 'pub', 'admin', 'a', 'b', '%61', '%C3%A9', '%zz', '%'),
      fc.constantFrom('%0d%0a', '%20', '+', ':', '@', '~', '{x}', '*', '=', ','),
    ),
    { maxLength: 12 },
  )
  .map((parts) => `/${parts.join('')}`)
