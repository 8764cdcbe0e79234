// All operations of the control API as values, for describing them only: nothing stands behind their ports.
import type { AnyEndpoint } from '../core/endpoint.js'
import { lineageEndpoints } from '../lineage/endpoints.js'
import type { GraphReader, LedgerReader } from '../lineage/ports.js'
import { recorderEndpoints } from '../recorder/endpoints.js'
import type { Regather } from '../recorder/regather.js'

export function describedEndpoints(): readonly AnyEndpoint[] {
  const nothing = new Proxy({}, { get: () => () => Promise.reject(new Error('described, not run')) })
  const ledger = nothing as LedgerReader
  return [
    ...lineageEndpoints({ graph: nothing as GraphReader, ledger }),
    ...recorderEndpoints({ regather: nothing as Regather, ledger, routes: [], routeOf: () => undefined }),
  ]
}
