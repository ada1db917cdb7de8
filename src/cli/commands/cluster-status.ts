import type { ClusterStatus, NodeState } from '../../client/cluster-status.js'
import { clusterLines } from '../cluster-table.js'
import type { CommandContext } from '../command-context.js'
import { committedIndex, entriesBehind } from '../member-standing.js'

/** `ggen-market cluster status` */
export async function clusterStatus(context: CommandContext): Promise<void> {
  const status = await context.withCluster((client) => client.clusterStatus())
  context.output.result(shownStatus(status), clusterLines(status))
}

function shownStatus(status: ClusterStatus): Record<string, unknown> {
  const { leader, nodes, clusterId, historyId, configuration, clusterVersion } = status
  const committed = committedIndex(status)
  const idsOf = (voter: boolean) => nodes.filter((node) => node.voter === voter).map((node) => node.id)
  return {
    ...(leader !== undefined && { leader }),
    nodes: nodes.map((node) => shownNode(node, committed)),
    configuration: { ...configuration, voters: idsOf(true), learners: idsOf(false) },
    clusterId,
    historyId,
    ...(clusterVersion !== undefined && { clusterVersion }),
  }
}

/** `address`, where it serves clients, is null where the node that answered was never told. */
function shownNode(node: NodeState, committed: number): Record<string, unknown> {
  const { stateHash, leaving, trouble, ...rest } = node
  const address = node.address ?? null
  if (!node.reachable) return { ...rest, address, ...(leaving && { leaving }), ...(trouble && { trouble }) }
  return {
    ...rest,
    address,
    entriesBehind: entriesBehind(node, committed),
    ...(leaving && { leaving }),
    ...(stateHash !== undefined && { stateHash }),
  }
}
