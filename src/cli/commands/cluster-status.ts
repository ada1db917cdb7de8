import type { NodeState } from '../../client/cluster-status.js'
import type { CommandContext } from '../command-context.js'

/** `ggen-market cluster status` */
export async function clusterStatus(context: CommandContext): Promise<void> {
  const status = await context.withClient((client) => client.clusterStatus())
  const { leader, nodes, clusterId, historyId } = status
  const hashes = new Set(
    nodes.flatMap((node) => (node.reachable && node.stateHash ? [node.stateHash.hash] : [])),
  )
  context.output.result(
    { ...(leader !== undefined && { leader }), nodes: nodes.map(shownNode), clusterId, historyId },
    [
      leader === undefined ? 'no leader: writes wait for one' : `leader ${leader}`,
      ...nodes.map(describeNode),
      ...(hashes.size > 1 ? ['THE STATES DIFFER: stop writing and tell the operator'] : []),
    ],
  )
}

/** Of an unreachable node nothing but id and address is known. */
function shownNode(node: NodeState): Record<string, unknown> {
  if (!node.reachable) return { id: node.id, address: node.address, reachable: false }
  const { stateHash, ...rest } = node
  return { ...rest, ...(stateHash !== undefined && { stateHash }) }
}

function describeNode(node: NodeState): string {
  const head = `${node.id.padEnd(10)} ${node.address.padEnd(18)}`
  if (!node.reachable) return `${head} unreachable`
  const { role, term, commitIndex, appliedIndex, stateHash, blobsMissing } = node
  const hash = stateHash === undefined ? '' : `, state ${stateHash.hash.slice(0, 12)} at ${stateHash.index}`
  const missing = blobsMissing === 0 ? '' : `, ${blobsMissing} blobs to fetch`
  return `${head} ${role.padEnd(9)} term ${term}, committed ${commitIndex}, applied ${appliedIndex}${hash}${missing}`
}
