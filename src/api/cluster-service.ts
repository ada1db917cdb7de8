import { assertNever } from '../model/assert.js'
import { MarketplaceError } from '../model/error.js'
import { type NodeId, toNodeId } from '../model/node-id.js'
import type { ClusterStatus, MemberStatus } from '../node/cluster-status.js'
import type { ClusterVerifier } from '../node/cluster-verifier.js'
import type { Healing } from '../node/healing.js'
import type { LogCompactor } from '../node/log-compactor.js'
import type { MembershipChanger } from '../node/membership-changer.js'
import type { MembershipRequest } from '../node/membership-request.js'
import type { ReplicatedState } from '../node/replicated-state.js'
import type { StateExport } from '../node/state-export.js'
import type { MemberVerification } from '../node/verification.js'
import type { CallOptions, RegistryContext } from '../registry/ports.js'
import { checkHistory } from '../registry/read-view.js'
import type { ClusterServiceHandlers } from '../rpc/gen/ggen/marketplace/v1/ClusterService.js'
import { type Received, type Sent, toCount } from '../wire/message.js'
import { toBuffer } from '../wire/metadata-message.js'
import { readDemandFromMessage } from '../wire/request-options.js'
import { type ApiContext, serverStream, unary } from './call.js'
import type { StreamLimits } from './call-limit.js'
import { quotaMethods } from './quota-methods.js'
import { type NodeRestorer, restoreMethod } from './restore-method.js'

/** Who knows how all members are, and who changes them. */
export interface ClusterSources {
  readonly status: { read(): Promise<ClusterStatus> }
  readonly membership: Pick<MembershipChanger, 'change' | 'transfer'>
  readonly export: Pick<StateExport, 'open'>
  readonly verifier: Pick<ClusterVerifier, 'run'>
  readonly heal: () => Healing
  readonly compactor: Pick<LogCompactor, 'now'>
  readonly restorer: NodeRestorer
}

/** ggen.marketplace.v1.ClusterService: reads messages, asks, writes messages. */
export function clusterService(
  registry: Pick<RegistryContext, 'state' | 'random'>,
  { status: cluster, membership, export: exported, verifier, heal, compactor, restorer }: ClusterSources,
  api: ApiContext,
  limits: StreamLimits,
): ClusterServiceHandlers {
  const { state } = registry
  const change = async (request: MembershipRequest, { deadlineMs }: CallOptions) => {
    const { changed, index, members } = await membership.change(request, deadlineMs)
    return {
      changed,
      index,
      historyId: state.historyId,
      members: members.map(({ id, address, voter }) => ({ id, peerAddress: address, voter })),
    }
  }
  return {
    ...quotaMethods(registry, api),
    Status: unary(api, 'Status', async (_request: Received<'StatusRequest'>) => {
      const status = await cluster.read()
      return {
        index: state.status().appliedIndex,
        historyId: state.historyId,
        clusterId: state.clusterId,
        nodeId: state.nodeId,
        leader: status.leader ?? '',
        nodes: status.nodes.map((member) => memberToMessage(member, status.hashIndex)),
        configuration: status.configuration,
        clusterVersion: status.version,
      }
    }),
    Backup: serverStream(
      api,
      'Backup',
      (request: Received<'BackupRequest'>, options) => sendState(state, exported, request, options),
      (message: Sent<'BackupResponse'>) => (message.chunk instanceof Uint8Array ? message.chunk.length : 256),
      limits.backups,
    ),
    Verify: serverStream(
      api,
      'Verify',
      (request: Received<'VerifyRequest'>) => sendVerification(state, verifier, request),
      () => 4096,
      limits.verifications,
    ),
    Heal: unary(api, 'Heal', async (_request: Received<'HealRequest'>) => {
      const { begun, fault } = heal()
      return { nodeId: state.nodeId, begun, fault: fault ?? '' }
    }),
    Restore: restoreMethod(state.nodeId, restorer, api, limits.restores),
    ReplicationLag: unary(api, 'ReplicationLag', async (_request: Received<'ReplicationLagRequest'>) => {
      const { leader, nodes } = await cluster.read()
      const commitIndex = Math.max(0, ...nodes.map(({ report }) => report?.commitIndex ?? 0))
      return {
        index: state.status().appliedIndex,
        historyId: state.historyId,
        commitIndex,
        leader: leader ?? '',
        members: nodes.map((member) => lagToMessage(member, commitIndex)),
      }
    }),
    Snapshot: unary(api, 'Snapshot', async (_request: Received<'SnapshotRequest'>) => {
      const cut = await compactor.now()
      return { ...cut, historyId: state.historyId, nodeId: state.nodeId }
    }),
    AddPeer: unary(
      api,
      'AddPeer',
      async ({ id, peerAddress, move, unseen }: Received<'AddPeerRequest'>, options) => {
        const member = { id: toMemberId(id, 'id'), address: toPeerAddress(peerAddress) }
        return change({ type: 'add', member, move, unseen }, options)
      },
    ),
    PromotePeer: unary(
      api,
      'PromotePeer',
      async ({ id, replacing }: Received<'PromotePeerRequest'>, options) => {
        const other = replacing === '' ? undefined : toMemberId(replacing, 'replacing')
        if (other === id) throw ownReplacement(id)
        return change({ type: 'promote', id: toMemberId(id, 'id'), replacing: other }, options)
      },
    ),
    RemovePeer: unary(api, 'RemovePeer', async ({ id }: Received<'RemovePeerRequest'>, options) =>
      change({ type: 'remove', id: toMemberId(id, 'id') }, options),
    ),
    TransferLeadership: unary(
      api,
      'TransferLeadership',
      async ({ to }: Received<'TransferLeadershipRequest'>, { deadlineMs }) =>
        membership.transfer(to === '' ? undefined : toMemberId(to, 'to'), deadlineMs),
    ),
  }
}

async function* sendState(
  state: ReplicatedState,
  exported: ClusterSources['export'],
  request: Received<'BackupRequest'>,
  options: CallOptions,
): AsyncGenerator<Sent<'BackupResponse'>, void, undefined> {
  const { historyId, consistency, minIndex } = readDemandFromMessage(request)
  if (historyId !== undefined) checkHistory(historyId, state.historyId, 'history_id')
  await using opened = await exported.open({ consistency, minIndex, deadlineMs: options.deadlineMs })
  const { clusterId, index, term, logTimeMs } = opened.header
  const header = {
    index,
    historyId: opened.header.historyId,
    clusterId,
    term,
    logTimeMs,
    nodeId: state.nodeId,
  }
  yield { header }
  for await (const chunk of opened.body) yield { chunk: toBuffer(chunk) }
}

async function* sendVerification(
  state: ReplicatedState,
  verifier: ClusterSources['verifier'],
  request: Received<'VerifyRequest'>,
): AsyncGenerator<Sent<'VerifyResponse'>, void, undefined> {
  const { historyId } = state
  for await (const { index, done, ok, members } of verifier.run(
    toCount(request.bytesPerSecond, 'bytes_per_second'),
  ))
    yield { index, historyId, done, ok, nodes: members.map(verificationToMessage) }
}

function verificationToMessage({ id, report, trouble }: MemberVerification): Sent<'NodeVerification'> {
  if (report === undefined) return { id, reachable: false, trouble: trouble ?? '' }
  const { findings, stateSha256, behind, ...counts } = report
  return {
    id,
    reachable: true,
    ...counts,
    stateSha256: stateSha256 ?? '',
    behind: behind ?? '',
    findings: findings.map(({ offset, ...finding }) => ({
      ...finding,
      ...(offset !== undefined && { offset }),
    })),
  }
}

/** @throws INVALID_ARGUMENT */
function toMemberId(id: string, field: string): NodeId {
  try {
    return toNodeId(id, field)
  } catch (error) {
    if (!(error instanceof MarketplaceError)) throw error
    const { message, help } = error
    throw new MarketplaceError({ reason: 'INVALID_ARGUMENT', field, message, help })
  }
}

/** Longest host and port. */
const ADDRESS_LENGTH_MAX = 262

/** @throws INVALID_ARGUMENT */
function toPeerAddress(address: string): string {
  const [, host, port] = /^([^\s/@,]+):(\d{1,5})$/.exec(address) ?? []
  if (
    host !== undefined &&
    address.length <= ADDRESS_LENGTH_MAX &&
    Number(port) > 0 &&
    Number(port) <= 65_535
  )
    return address
  throw new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: 'peer_address',
    message: `${JSON.stringify(address.slice(0, 100))} is not host:port`,
    help: 'give the address that the node listens on for other members, such as 10.0.0.4:7501',
  })
}

function ownReplacement(id: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: 'replacing',
    message: `${id} cannot replace itself`,
    help: 'name the member that leaves, or none',
  })
}

function memberToMessage(member: MemberStatus, hashIndex: number): Sent<'NodeStatus'> {
  const { id, address, peerAddress, voter, leaving, report, stateHash, trouble } = member
  const known = { id, address: address ?? '', peerAddress, voter, leaving }
  if (!member.reachable || report === undefined) return { ...known, reachable: false, trouble: trouble ?? '' }
  return {
    ...known,
    reachable: true,
    role: voter ? roleToMessage(report.role) : 'NODE_ROLE_LEARNER',
    term: report.term,
    commitIndex: report.commitIndex,
    appliedIndex: report.appliedIndex,
    stateHash: stateHash === undefined ? null : { index: hashIndex, hash: stateHash },
    blobsMissing: report.blobsMissing,
    blobsCounted: report.blobsCounted,
    fault: report.fault ?? '',
    clusterVersionMax: report.build?.versionMax ?? 0,
    build: report.build?.name ?? '',
  }
}

function lagToMessage(
  { id, voter, reachable, report }: MemberStatus,
  commitIndex: number,
): Sent<'MemberLag'> {
  if (!reachable || report === undefined) return { id, voter, reachable: false }
  const { appliedIndex, blobsMissing, blobsCounted } = report
  return { id, voter, reachable, entriesBehind: commitIndex - appliedIndex, blobsMissing, blobsCounted }
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
