import { ClientBuilder } from '../client/client-builder.js'
import type { ServerConfig } from '../config/server-config.js'
import { defined } from '../model/assert.js'
import { MarketplaceError } from '../model/error.js'
import type { ClusterId, HistoryId, NodeId } from '../model/node-id.js'
import type { Beginning, KnownCluster } from '../node/open-node.js'
import { bootstrapConfiguration } from '../raft/bootstrap.js'

/** One question to the cluster, over all its endpoints; it is asked again. */
const ASK_TIMES = { connectMs: 1_000, attemptMs: 3_000, readTotalMs: 4_000 } as const

/**
 * How a node begins: as one of the founders, or by joining a cluster that is there. A folder that was in use before knows
 * its cluster, and asks nobody.
 * @param owner whose folder it says it is; undefined of an empty one
 * @throws CONFIG_INVALID where an empty folder has neither; what asking the cluster came to
 */
export async function beginningOf(
  config: ServerConfig,
  owner: { readonly clusterId: ClusterId; readonly historyId: HistoryId | undefined } | undefined,
): Promise<{ beginning: Beginning; clusterId: ClusterId; historyId: HistoryId }> {
  if (config.members.length > 0) {
    const seed = {
      clusterToken: config.clusterToken,
      members: config.members.map(({ id, peerAddress }) => ({ id, address: peerAddress })),
    }
    const { clusterId, historyId } = bootstrapConfiguration(seed)
    return { beginning: { type: 'found', seed }, clusterId, historyId }
  }
  const ask = () => askCluster(config.join)
  const known = owner?.historyId === undefined ? await ask() : undefined
  const clusterId = defined(owner?.clusterId ?? known?.clusterId, 'cluster id')
  const historyId = defined(owner?.historyId ?? known?.historyId, 'history id')
  const beginning = { type: 'join', ask: async () => inCluster(await ask(), clusterId) } as const
  return { beginning, clusterId, historyId }
}

/** @throws UNREACHABLE, DEADLINE, CONFIG_INVALID */
async function askCluster(endpoints: readonly string[]): Promise<KnownCluster> {
  if (endpoints.length === 0) throw nothingToBeginWith()
  await using client = new ClientBuilder().withCluster(endpoints).withTimes(ASK_TIMES).build()
  const { clusterId, historyId, nodes } = await client.clusterStatus().catch((error: unknown) => {
    throw cannotAsk(endpoints, error)
  })
  return {
    clusterId,
    historyId: historyId as HistoryId,
    members: nodes.map(({ id, peerAddress, voter }) => ({ id: id as NodeId, address: peerAddress, voter })),
  }
}

/** The same reason, for whoever looks for --join. */
function cannotAsk(endpoints: readonly string[], error: unknown): unknown {
  if (!(error instanceof MarketplaceError)) return error
  return new MarketplaceError({
    reason: error.reason,
    field: 'cluster.join',
    message: `the cluster to join cannot be asked who its members are: ${error.message}`,
    help: `--join names client addresses (listen.client) of nodes that run; it is ${endpoints.join(',')}`,
    cause: error,
  })
}

function inCluster(cluster: KnownCluster, clusterId: ClusterId): KnownCluster {
  if (cluster.clusterId === clusterId) return cluster
  throw new MarketplaceError({
    reason: 'CLUSTER_MISMATCH',
    message: `the cluster to join is ${cluster.clusterId}, and the data folder belongs to ${clusterId}`,
    help: 'name the endpoints of the right cluster with --join, or give this node an empty data folder',
    details: { theirs: cluster.clusterId, ours: clusterId },
  })
}

function nothingToBeginWith(): MarketplaceError {
  return new MarketplaceError({
    reason: 'CONFIG_INVALID',
    field: 'cluster.members',
    message: 'the data folder is empty, and neither the founding members nor a cluster to join are named',
    help: 'name the founding members with --member, all of them, or a cluster that is there with --join host:port (client address)',
  })
}
