import { createUpstreamPool } from '../../gateway/http1/upstream-pool.js'
import { itForwards } from './forwarder.js'

itForwards('HTTP/1.1', createUpstreamPool)
