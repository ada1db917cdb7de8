import { createServer, type Socket, connect as tcpConnect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { CONFORMANCE_NODES, peerTransportConformance } from '../../test/conformance/peer-transport.js'
import { MarketplaceError } from '../model/error.js'
import { type ClusterId, type Incarnation, type NodeId, toNodeId } from '../model/node-id.js'
import { silentLogger } from '../runtime/logger.js'
import { silentMetrics } from '../runtime/metrics.js'
import { nodeClock } from '../runtime/node-clock.js'
import { nodeRandom } from '../runtime/node-random.js'
import { GrpcTransport, type GrpcTransportOptions } from './grpc-transport.js'

const CLUSTER = 'c1'.repeat(16) as ClusterId
const identity = (nodeId: NodeId, clusterId = CLUSTER) => ({
  nodeId,
  clusterId,
  incarnation: 'ab'.repeat(16) as Incarnation,
})

function listen(id: NodeId, options: Partial<GrpcTransportOptions> = {}): Promise<GrpcTransport> {
  return GrpcTransport.listen({
    self: identity(id),
    listen: '127.0.0.1:0',
    admit: () => {},
    clock: nodeClock,
    random: nodeRandom,
    logger: silentLogger,
    metrics: silentMetrics,
    timing: { refusedRetryMs: 50, ...options.timing },
    ...options,
  })
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 15_000
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited 15 s in vain until ${what}`)
    await sleep(5)
  }
}

peerTransportConformance('GrpcTransport', async () => {
  const up = new Map<NodeId, GrpcTransport>()
  const addresses = new Map<NodeId, string>()
  // A port each, known before the nodes are up: bound once and let go.
  for (const id of CONFORMANCE_NODES) {
    const transport = await listen(id)
    addresses.set(id, transport.address)
    await transport[Symbol.asyncDispose]()
  }
  const kill = async (id: NodeId) => {
    await up.get(id)?.[Symbol.asyncDispose]()
    up.delete(id)
  }
  return {
    start: async (id) => {
      const transport = await listen(id, { listen: addresses.get(id)! })
      up.set(id, transport)
      // In the turn after the next, so that its owner can listen for the first connection.
      setImmediate(() => transport.setPeers([...addresses].map(([peer, address]) => ({ id: peer, address }))))
      return transport
    },
    kill,
    settle: (promise) => promise,
    until,
    cleanUp: async () => {
      for (const id of [...up.keys()]) await kill(id)
    },
  }
})
