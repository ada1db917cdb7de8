import type { NodeId } from '../../src/model/node-id.js'
import { runFor, runUntil } from '../sim/run-until.js'
import { SeededRandom } from '../sim/seeded-random.js'
import { SimClock } from '../sim/sim-clock.js'
import { SimNetwork } from '../sim/sim-network.js'
import { CONFORMANCE_NODES, peerTransportConformance } from './peer-transport.js'

const PEERS = CONFORMANCE_NODES.map((id) => ({ id, address: `sim:${id}` }))

peerTransportConformance('SimNetwork', async () => {
  const clock = new SimClock()
  const network = new SimNetwork({ clock, random: new SeededRandom(7) })
  return {
    start: async (id: NodeId) => {
      const endpoint = network.endpoint(id)
      endpoint.setPeers(PEERS)
      return endpoint
    },
    kill: async (id) => network.crash(id),
    settle: (promise) => runUntil(clock, promise),
    until: async (condition, what) => {
      const endMs = clock.now + 60_000
      while (!condition()) {
        if (clock.now > endMs) throw new Error(`waited a simulated minute in vain until ${what}`)
        await runFor(clock, 5)
      }
    },
    cleanUp: async () => {},
  }
})
