import type { SnapshotAnswer } from '../../client/cluster-members.js'
import type { CommandContext } from '../command-context.js'
import { counted } from '../count.js'
import { addressOf, checkAnswered } from '../named-node.js'

/**
 * `ggen-market cluster snapshot [NODE…]`: has nodes make their state durable and cut their logs; all that can be reached where
 * none is named. One after the other, so that the cluster goes on as before.
 */
export async function clusterSnapshot(context: CommandContext, nodeIds: readonly string[]): Promise<void> {
  const { output } = context
  const { asked, silent } = await context.withCluster(async (client) => {
    if (nodeIds.length > 0) return { asked: nodeIds, silent: [] }
    const { nodes } = await client.clusterStatus()
    const idsOf = (reachable: boolean) =>
      nodes.filter((node) => node.reachable === reachable).map(({ id }) => id)
    return { asked: idsOf(true), silent: idsOf(false) }
  })
  for (const id of silent) output.note(`${id} does not run, or cannot be reached: left out`)
  const done: SnapshotAnswer[] = []
  for (const id of asked) {
    const address = await context.withCluster((client) => addressOf(client, id))
    const answer = await context.withCluster((client) => client.snapshot(), undefined, [address])
    checkAnswered(address, id, answer.nodeId)
    done.push(answer)
  }
  output.result(
    { nodes: done.map(({ nodeId, ...rest }) => ({ id: nodeId, ...rest })), unreachable: silent },
    done.map(told),
  )
}

function told({ nodeId, index, firstIndex, entriesDropped }: SnapshotAnswer): string {
  const durable = `${nodeId}: everything up to index ${index} is in its state, durably`
  return entriesDropped === 0
    ? `${durable}; the log was short already`
    : `${durable}; ${counted(entriesDropped, 'entry', 'entries')} of the log dropped, which begins at ${firstIndex} now`
}
