import { assert } from '../model/assert.js'
import { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import { bootstrapConfiguration, bootstrapState, type ClusterSeed } from '../raft/bootstrap.js'
import { decodeConfiguration, encodeConfiguration, type Member } from '../raft/configuration.js'
import type { SnapshotMark } from '../raft/entry.js'
import type { RecoveredState } from '../raft/log.js'
import { Raft } from '../raft/raft.js'
import { reconcile } from '../raft/recovery.js'
import type { PeerTransport } from '../rpc/peer-transport.js'
import { type Clock, pause } from '../runtime/clock.js'
import type { Logger } from '../runtime/logger.js'
import type { MetricsCollector } from '../runtime/metrics.js'
import type { Random } from '../runtime/random.js'
import type { LogStore, RecoveredLog } from '../storage/log-store.js'
import type { StateFolders } from '../storage/state-folders.js'
import { FolderAdmission } from './folder-admission.js'
import { type IdentityFolder, IncarnationRegistry } from './incarnation-registry.js'
import { Node } from './node.js'
import type { NodeOptions } from './node-options.js'
import { SnapshotTransfer } from './snapshot-transfer.js'
import { StateHolder } from './state-holder.js'

export interface OpenNodeParts {
  readonly id: NodeId
  /** Told to every first member alike: gives entry 1 and the cluster id. */
  readonly seed: ClusterSeed
  /** Opens the log; makes one that begins with `fresh` where there is none, and refuses that where `fresh` is absent. */
  openLog(fresh: RecoveredLog | undefined): Promise<LogStore>
  readonly folders: StateFolders
  readonly identity: IdentityFolder
  /** Already listening; its handshake shows `identity` and judges others by it (`checkIdentity`). */
  readonly transport: PeerTransport
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: MetricsCollector
  readonly options: NodeOptions
  readonly onFault?: (fault: MarketplaceError) => void
  /** Ends the waiting of an opening that is not wanted any more. */
  readonly stopped: () => boolean
}

export interface OpenedNode {
  readonly node: Node
  readonly log: LogStore
  readonly holder: StateHolder
  /** Goes on showing this folder to members that were away; the caller stops it. */
  readonly admission: FolderAdmission
}

/**
 * Opens log and state, brings them in step, gets this folder admitted, and makes the node. It does not start it.
 * @throws IDENTITY_LOST, STORAGE_CORRUPT, STATE_CORRUPT where no member could give a good state, SHUTTING_DOWN
 */
export async function openNode(parts: OpenNodeParts): Promise<OpenedNode> {
  const { id, seed, transport, clock, logger, options } = parts
  const log = await parts.openLog(parts.identity.admitted ? undefined : bootstrapState(seed))
  const registry = new IncarnationRegistry(id, parts.identity, transport)
  registry.serve()
  const admission = new FolderAdmission(parts.identity, registry, clock, logger, options.admission)
  const others = otherMembers(id, log, seed)
  const ids = others.map((member) => member.id)
  await admission.begin(ids)
  transport.setPeers(others)
  try {
    await admission.admit(parts.stopped)
    const holder = await openState(parts, log, ids)
    try {
      const node = makeNode(parts, log, holder, await inStep(log, holder, parts.folders))
      admission.onRefused((refusal) => node.halt(refusal))
      return { node, log, holder, admission }
    } catch (error) {
      await holder.close()
      throw error
    }
  } catch (error) {
    admission.stop()
    await log[Symbol.asyncDispose]()
    throw error
  }
}

function makeNode(parts: OpenNodeParts, log: LogStore, holder: StateHolder, recovered: RecoveredState): Node {
  const { id, transport, folders, clock, logger } = parts
  const raft = new Raft(
    {
      id,
      electionTicks: parts.options.electionTicks,
      heartbeatTicks: parts.options.heartbeatTicks,
      random: (limit) => parts.random.below(limit),
    },
    recovered,
  )
  return new Node({
    id,
    raft,
    log,
    holder,
    folders,
    transport,
    clock,
    logger,
    metrics: parts.metrics,
    options: parts.options,
    ...(parts.onFault === undefined ? {} : { onFault: parts.onFault }),
  })
}

/** Members of the newest configuration in the log, but this one. */
function otherMembers(id: NodeId, log: LogStore, seed: ClusterSeed): Member[] {
  const newest = log.recovered.entries.findLast((entry) => entry.type === 'configuration')?.payload
  const bytes = newest ?? (log.recovered.mark.index > 0 ? log.recovered.mark.configuration : undefined)
  const configuration = bytes === undefined ? bootstrapConfiguration(seed) : decodeConfiguration(bytes)
  const members = [...configuration.voters, ...configuration.outgoing, ...configuration.learners]
  return members.filter((member, i) => member.id !== id && members.findIndex((m) => m.id === member.id) === i)
}

/**
 * The state of the folder; where it is damaged or behind the log's beginning, replayed from a whole log or else fetched
 * from a member, before this node takes any part.
 */
async function openState(
  parts: OpenNodeParts,
  log: LogStore,
  others: readonly NodeId[],
): Promise<StateHolder> {
  const mark = log.recovered.mark
  let trouble: string
  try {
    const holder = await StateHolder.open(parts.folders)
    if (holder.machine.appliedIndex >= mark.index) return holder
    trouble = `it has applied ${holder.machine.appliedIndex} and the log begins after ${mark.index}`
    await holder.close()
  } catch (error) {
    if (!(error instanceof MarketplaceError) || error.reason !== 'STATE_CORRUPT') throw error
    trouble = error.message
  }
  parts.logger.warn({ trouble }, 'the state of this node is not usable')
  if (mark.index === 0) {
    parts.logger.info({}, 'replaying the state from the whole log')
    const store = await parts.folders.createNext()
    await store[Symbol.asyncDispose]()
  } else {
    await fetchState(parts, others, mark)
  }
  await parts.folders.activateNext()
  return StateHolder.open(parts.folders)
}

async function fetchState(
  parts: OpenNodeParts,
  others: readonly NodeId[],
  mark: SnapshotMark,
): Promise<void> {
  const { transport, folders, logger, clock, options } = parts
  const transfer = new SnapshotTransfer(
    {
      transport,
      folders,
      logger,
      snapshot: () => Promise.reject(noState()),
      onReceived: () => Promise.reject(noState()),
    },
    options.snapshots,
  )
  for (let round = 0; !parts.stopped(); round++) {
    for (const peer of others) {
      try {
        const fetched = await transfer.pull(peer, mark.index)
        logger.info({ from: peer, index: fetched.index }, 'fetched the state from a member')
        return
      } catch (error) {
        if (round % 20 === 0)
          logger.warn({ from: peer, error: String(error) }, 'no state from this member yet')
      }
    }
    await pause(clock, 500)
  }
  throw noState()
}

/**
 * Log and state brought in step after a crash at any moment.
 * @throws STORAGE_CORRUPT where the log has lost its end
 */
async function inStep(log: LogStore, holder: StateHolder, folders: StateFolders): Promise<RecoveredState> {
  const { appliedIndex, appliedTerm, configuration } = holder.machine
  const state: SnapshotMark = {
    index: appliedIndex,
    term: appliedTerm,
    configuration: configuration === undefined ? new Uint8Array(0) : encodeConfiguration(configuration),
  }
  const installing = await folders.installing()
  const reconciled = reconcile(log.recovered, state, installing)
  assert(reconciled.type !== 'state-lost', 'a state behind the log was replaced before')
  if (reconciled.type === 'log-lost') throw logLost(log, appliedIndex)
  if (reconciled.type === 'reset-log') await log.reset(state)
  if (installing) await folders.installed()
  return reconciled.recovered
}

function logLost(log: LogStore, appliedIndex: number): MarketplaceError {
  const { file, offset } = log.recoveredEnd
  const lastIndex = log.recovered.entries.at(-1)?.index ?? log.recovered.mark.index
  return new MarketplaceError({
    reason: 'STORAGE_CORRUPT',
    message:
      `log file ${file} ends at offset ${offset} with entry ${lastIndex}, which does not lead to what the state holds up to ` +
      `entry ${appliedIndex}: its end was cut off or overwritten`,
    help:
      'this node can no longer vouch for what it promised. Put back the log file as it was, if that is possible; otherwise stop ' +
      'the node, keep the data folder aside, and add the node again as a new member with an empty folder (a new node id); a ' +
      'majority of the others is not affected',
    details: {
      file,
      offset: String(offset),
      lastIndex: String(lastIndex),
      appliedIndex: String(appliedIndex),
    },
  })
}

function noState(): MarketplaceError {
  return new MarketplaceError({
    reason: 'STATE_CORRUPT',
    message: 'this node has no usable state and no member has given it one',
    help: 'start the other members, or bring back this node’s data folder from a backup',
  })
}
