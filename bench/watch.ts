import { MarketplaceBuilder } from '../src/marketplace-builder.js'
import type { Bed } from './bed.js'
import { type Figure, median, percentile, valueFigure } from './figure.js'
import { benchSigner, metadataOf } from './registration.js'

const WRITES = 300
/** Before the clock starts: connections, compiled code. */
const WARM_UP = 50

/**
 * From the acknowledgement of a write, whose commit came before it, to its event at a watcher of each node. An event may
 * come first: it counts as 0.
 */
export async function watch(bed: Bed): Promise<Figure[]> {
  const cluster = await bed.cluster()
  await using writer = new MarketplaceBuilder().withCluster(cluster.endpoints).build()
  const clients = cluster.nodes.map((node) => new MarketplaceBuilder().withCluster([node.client]).build())
  const ended = new AbortController()
  const arrivals = clients.map(() => new Map<number, number>())
  const watching = clients.map(async (client, at) => {
    for await (const event of client.watch({ signal: ended.signal }))
      if (event.type === 'changes') arrivals[at]?.set(event.index, performance.now())
  })
  const acknowledged = new Map<number, number>()
  for (let n = 0; n < WARM_UP + WRITES; n++) {
    const { index } = await writer.register({ metadata: metadataOf('watch', n), signers: [benchSigner] })
    if (n >= WARM_UP) acknowledged.set(index, performance.now())
  }
  const last = Math.max(...acknowledged.keys())
  while (!arrivals.every((each) => each.has(last))) await new Promise((resolve) => setTimeout(resolve, 5))
  ended.abort()
  await Promise.all(watching)
  await Promise.all(clients.map((client) => client.close()))
  const took = [...acknowledged].flatMap(([index, atMs]) =>
    arrivals.map((each) => Math.max(0, (each.get(index) ?? Number.POSITIVE_INFINITY) - atMs)),
  )
  return [
    valueFigure(`watch, write to event, median of ${took.length}`, median(took), 'ms', 50),
    valueFigure('the same, p99', percentile(took, 99), 'ms'),
  ]
}
