// Facts of batch deletes. Never claims what only the silence of a quiet answer says.
import { documentOf, type Reading } from './reading.js'
import { deleteFacts, unknownDeletion, unknownVersion } from './transfers.js'

/**
 * A quiet answer lists only what failed, so the rest of the request was done. But what was done to an object of which the
 * request named no version, only an answer that lists it says: destroyed, or put under a delete marker.
 */
export function gatherDeleteBatch(reading: Reading): void {
  const asked = documentOf(reading, 'request')
  const done = documentOf(reading, 'response')
  if (done?.root === 'Error') return
  if (asked === undefined || done === undefined) {
    unknownVersion(reading)
    return
  }
  const { bucket } = reading.address
  const listed = done.each('Deleted')
  const quiet = asked.text('Quiet')?.trim().toLowerCase() === 'true'
  const known = new Set([...listed, ...done.each('Error')].map(nameOf))
  for (const item of listed) {
    const key = item.get('Key') ?? ''
    const version = item.get('VersionId')
    const marker = version === undefined && item.get('DeleteMarker') === 'true'
    deleteFacts(reading, {
      bucket,
      key,
      asked: version,
      marker: marker ? item.get('DeleteMarkerVersionId') : undefined,
    })
  }
  if (!quiet) return
  for (const item of asked.each('Object')) {
    if (known.has(nameOf(item))) continue
    const key = item.get('Key') ?? ''
    const version = item.get('VersionId')
    if (version === undefined) unknownDeletion(reading, bucket, key)
    else deleteFacts(reading, { bucket, key, asked: version, marker: undefined })
  }
}

function nameOf(item: ReadonlyMap<string, string>): string {
  return JSON.stringify([item.get('Key') ?? '', item.get('VersionId') ?? ''])
}
