import { CLUSTER_VERSION, encodeCommand, FIRST_CLUSTER_VERSION, type RequestId } from '../model/command.js'
import { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'

/**
 * Which commands the log may hold. What every build knows stands in it from the beginning; newer ones come once a leader has raised
 * the cluster version, which it does by itself as soon as every member has said in a handshake that its build knows it. From then on
 * it is part of the state, and asks nobody: a member that is away holds nothing up, and one of an older build is let in no more.
 */
export class ClusterVersion {
  /** What each member said last, for as long as this process runs. */
  readonly #told = new Map<NodeId, number>()
  #inForce: () => number = () => FIRST_CLUSTER_VERSION

  /**
   * @param others all members but this node, voters or not
   * @param own the newest that this build knows
   */
  constructor(
    private readonly others: () => readonly { readonly id: NodeId }[],
    readonly own: number = CLUSTER_VERSION,
  ) {}

  /** There is a state, which knows. */
  follow(inForce: () => number): void {
    this.#inForce = inForce
  }

  /** By the state of this node. */
  get inForce(): number {
    return this.#inForce()
  }

  /**
   * A member said up to which version its build knows; 0 where it does not say so.
   * @throws VERSION_UNSUPPORTED where that is less than what is in force: it could not apply what the log holds
   */
  heard(peer: NodeId, versionMax: number): void {
    this.#told.set(peer, versionMax)
    if (versionMax < this.inForce && this.inForce > FIRST_CLUSTER_VERSION)
      throw tooOld(peer, versionMax, this.inForce)
  }

  /** The newest that every member is known to know, this one included. */
  get agreed(): number {
    return this.others().reduce((least, { id }) => Math.min(least, this.#told.get(id) ?? 0), this.own)
  }

  /** Members that are not known to know a version. */
  behind(version: number): NodeId[] {
    return this.others().flatMap(({ id }) => ((this.#told.get(id) ?? 0) < version ? [id] : []))
  }
}

/** The entry that raises the version. Nobody waits for it, so all carry the same id. */
export function raiseTo(version: number): Uint8Array {
  return encodeCommand({ type: 'raiseVersion', requestId: '0'.repeat(32) as RequestId, version })
}

/** What a write is told whose kind some members may not know. */
export function membersOutdated(leader: NodeId, members: readonly NodeId[]): MarketplaceError {
  const names = members.join(', ')
  return new MarketplaceError({
    reason: 'MEMBERS_OUTDATED',
    message: `this kind of write is newer than what ${names} may be able to apply: an older release, or not heard of since ${leader} leads`,
    help: `nothing was changed. Upgrade them first (${names}), or remove who is gone for good; \`ggen-market cluster status\` shows who is up`,
    details: { members: members.join(',') },
  })
}

function tooOld(peer: NodeId, versionMax: number, inForce: number): MarketplaceError {
  return new MarketplaceError({
    reason: 'VERSION_UNSUPPORTED',
    message: `the log of this cluster holds commands of version ${inForce}, and the build of ${peer} knows ${versionMax} at most`,
    help: `run the release on ${peer} that the other members run`,
    details: { node: peer, inForce: String(inForce), known: String(versionMax) },
  })
}
