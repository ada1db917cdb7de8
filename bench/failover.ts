import { setTimeout as pause } from 'node:timers/promises'
import { MarketplaceBuilder } from '../src/marketplace-builder.js'
import type { Bed } from './bed.js'
import { type Figure, median, percentile, valueFigure } from './figure.js'
import { timed } from './load.js'
import { benchSigner, metadataOf } from './registration.js'

const KILLS = 50
/** Between a node's return and the next kill, so that it is the kill that is measured and not the catching up. */
const REST_MS = 500

/** From kill -9 of the leader to the next acknowledged write of a client that knows all three nodes. */
export async function failover(bed: Bed): Promise<Figure[]> {
  const cluster = await bed.cluster()
  await using client = new MarketplaceBuilder().withCluster(cluster.endpoints).build()
  let written = 0
  const write = () => client.register({ metadata: metadataOf('failover', written++), signers: [benchSigner] })
  const took: number[] = []
  for (let kill = 0; kill < KILLS; kill++) {
    const leader = await cluster.leader()
    await write()
    await pause(REST_MS)
    const dead = cluster.kill(leader)
    took.push(await timed(write))
    await dead
    cluster.launch(leader)
    await cluster.ready(leader)
  }
  return [
    valueFigure(`leader killed, next write, median of ${KILLS}`, median(took), 'ms', 500),
    valueFigure('the same, p99', percentile(took, 99), 'ms', 1_000),
  ]
}
