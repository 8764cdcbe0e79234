import { createExplicitForwarder } from '../../gateway/explicit-forwarder.js'
import { createPooledForwarder } from '../../gateway/pooled-forwarder.js'
import { itForwards } from './forwarder.js'

itForwards('pooled', createPooledForwarder)
itForwards('explicit', createExplicitForwarder)
