import { setTimeout as sleep } from 'node:timers/promises'
import type { MarketplaceClient } from '../../client/marketplace-client.js'
import { MarketplaceError } from '../../model/error.js'
import type { CommandContext } from '../command-context.js'
import { addressOf, checkAnswered } from '../named-node.js'

/** How often the cluster is asked whether the node is back. */
const LOOK_MS = 500
/** A large state takes its time to come. */
const HEAL_MS = 30 * 60_000

/** `ggen-market cluster heal NODE`: has a node whose state is wrong fetch that of the others, and waits until it serves again. */
export async function clusterHeal(context: CommandContext, nodeId: string): Promise<void> {
  const { output } = context
  const address = await context.withCluster((client) => addressOf(client, nodeId))
  const begun = await context.withCluster((client) => client.heal(), undefined, [address])
  checkAnswered(address, nodeId, begun.nodeId)
  if (!begun.begun) {
    output.result({ nodeId, healed: false }, [`${nodeId} has nothing to heal: its state is good`])
    return
  }
  output.note(`${nodeId} begins anew; it had stopped because: ${begun.fault ?? 'its state was wrong'}`)
  await context.withCluster((client) => serving(client, nodeId))
  output.result({ nodeId, healed: true, fault: begun.fault }, [
    `${nodeId} has fetched its state anew and serves again`,
  ])
}

async function serving(client: MarketplaceClient, nodeId: string): Promise<void> {
  const deadline = performance.now() + HEAL_MS
  while (performance.now() < deadline) {
    await sleep(LOOK_MS)
    const { nodes } = await client.clusterStatus()
    const node = nodes.find(({ id }) => id === nodeId)
    if (node?.reachable === true && node.fault === undefined) return
  }
  throw new MarketplaceError({
    reason: 'DEADLINE',
    message: `${nodeId} did not come back within ${HEAL_MS / 60_000} minutes`,
    help: 'its log says what it waits for',
  })
}
