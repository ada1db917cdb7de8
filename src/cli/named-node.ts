import type { MarketplaceClient } from '../client/marketplace-client.js'
import { MarketplaceError } from '../model/error.js'

/**
 * Where clients reach a member that is to do something itself.
 * @throws MEMBER_UNKNOWN, UNREACHABLE
 */
export async function addressOf(client: MarketplaceClient, nodeId: string): Promise<string> {
  const { nodes } = await client.clusterStatus()
  const node = nodes.find(({ id }) => id === nodeId)
  if (node?.reachable === true && node.address !== undefined) return node.address
  const known = nodes.map(({ id }) => id).join(', ')
  throw new MarketplaceError(
    node === undefined
      ? {
          reason: 'MEMBER_UNKNOWN',
          field: 'NODE',
          message: `${nodeId} is no member; there are ${known}`,
          help: 'name one of them',
        }
      : {
          reason: 'UNREACHABLE',
          message: `${nodeId} does not run, or cannot be reached`,
          help: 'start it: a node whose state is wrong fetches another at its start',
        },
  )
}

/** @throws CLUSTER_MISMATCH where another node answered than the one that was asked for */
export function checkAnswered(address: string, wanted: string, found: string): void {
  if (wanted === found) return
  throw new MarketplaceError({
    reason: 'CLUSTER_MISMATCH',
    message: `the client address of ${wanted}, ${address}, leads to ${found}`,
    help: 'correct the client addresses in the member list',
  })
}
