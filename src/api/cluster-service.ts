import { assertNever } from '../model/assert.js'
import type { ClusterStatus, MemberStatus } from '../node/cluster-status.js'
import type { ReplicatedState } from '../node/replicated-state.js'
import type { ClusterServiceHandlers } from '../rpc/gen/ggen/marketplace/v1/ClusterService.js'
import type { Received, Sent } from '../wire/message.js'
import { type ApiContext, unary } from './call.js'

/** Who knows how all members are. */
export interface ClusterStatusSource {
  read(): Promise<ClusterStatus>
}

/** ggen.marketplace.v1.ClusterService: reads messages, asks, writes messages. */
export function clusterService(
  state: ReplicatedState,
  cluster: ClusterStatusSource,
  api: ApiContext,
): ClusterServiceHandlers {
  return {
    Status: unary(api, 'Status', async (_request: Received<'StatusRequest'>) => {
      const status = await cluster.read()
      return {
        index: state.status().appliedIndex,
        historyId: state.historyId,
        clusterId: state.clusterId,
        nodeId: state.nodeId,
        leader: status.leader ?? '',
        nodes: status.nodes.map((member) => memberToMessage(member, status.hashIndex)),
      }
    }),
  }
}

function memberToMessage(member: MemberStatus, hashIndex: number): Sent<'NodeStatus'> {
  const { id, address, report, stateHash } = member
  if (!member.reachable || report === undefined) return { id, address, reachable: false }
  return {
    id,
    address: report.clientAddress,
    reachable: true,
    role: roleToMessage(report.role),
    term: report.term,
    commitIndex: report.commitIndex,
    appliedIndex: report.appliedIndex,
    stateHash: stateHash === undefined ? null : { index: hashIndex, hash: stateHash },
    blobsMissing: report.blobsMissing,
    fault: report.fault ?? '',
  }
}

function roleToMessage(role: NonNullable<MemberStatus['report']>['role']) {
  switch (role) {
    case 'leader':
      return 'NODE_ROLE_LEADER'
    case 'follower':
      return 'NODE_ROLE_FOLLOWER'
    case 'candidate':
    case 'pre-candidate':
      return 'NODE_ROLE_CANDIDATE'
    default:
      return assertNever(role, 'role')
  }
}
