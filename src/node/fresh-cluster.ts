import { MarketplaceError } from '../model/error.js'
import { membersOf } from './member-list.js'
import type { Node } from './node.js'

/**
 * Whether all that this node is may be replaced: it is alone, and has nothing that anybody could miss.
 * @throws RESTORE_REFUSED; what stopped the node
 */
export async function checkFresh(
  node: Pick<Node, 'nodeId' | 'status' | 'view'>,
  consistency: 'linearizable' | 'stale',
): Promise<void> {
  const { raft, fault } = node.status()
  if (fault !== undefined) throw fault
  const members = membersOf(raft.configuration)
  if (members.length !== 1) throw notFresh(node.nodeId, `is one of ${members.length} members`)
  await using view = await node.view({ consistency })
  const { packages } = view.stats
  if (packages > 0) throw notFresh(node.nodeId, `holds ${packages} package${packages === 1 ? '' : 's'}`)
}

/** What a node is told that is asked to become another. */
export function notFresh(nodeId: string, why: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'RESTORE_REFUSED',
    message: `nothing is restored into ${nodeId}: it ${why}, and only the one member of a cluster of its own without packages begins anew`,
    help:
      'nothing was changed. To make a cluster out of a backup, give each of its nodes a new data folder with `ggen-market cluster restore` ' +
      'while it is down, then start them',
    details: { node: nodeId },
  })
}
