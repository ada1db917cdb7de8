import { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import type { Configuration, Member } from '../raft/configuration.js'
import { ClusterVersion } from './cluster-version.js'

/** A member as somebody else tells of it. */
export interface KnownMember extends Member {
  readonly voter: boolean
}

/**
 * Who is a member, as far as this node knows: by its own log; before that says anything, as it was introduced. Judges who is
 * let in.
 */
export class MemberList {
  /** What their builds know. */
  readonly version: ClusterVersion
  #members: readonly KnownMember[] = []
  #index = 0
  #committed = false
  /** Our own log has had us among the members, for certain: a node that joins first reads of the time before it was added. */
  #wasMember = false
  /** A later configuration, as one of its members told of it before the own log can. */
  #heard: { readonly members: readonly KnownMember[]; readonly index: number } | undefined

  /** @param clusterVersionMax the newest cluster version that this build knows; default CLUSTER_VERSION */
  constructor(
    readonly self: NodeId,
    clusterVersionMax?: number,
  ) {
    this.version = new ClusterVersion(() => this.others, clusterVersionMax)
  }

  /** Log index of the configuration that is known; 0 where none is. Shown in the handshake. */
  get configurationIndex(): number {
    return this.#index
  }

  /** All but this node, each once. */
  get others(): readonly KnownMember[] {
    const later = this.heard
    const named = this.#members.filter(({ id }) => !later.some((member) => member.id === id))
    return [...later, ...named].filter((member) => member.id !== this.self)
  }

  /** Of those, the members of a later configuration than the own log's. */
  get heard(): readonly KnownMember[] {
    return this.#heard?.members.filter((member) => member.id !== this.self) ?? []
  }

  /** Told by others, before the own log knows. */
  introduce(members: readonly KnownMember[]): void {
    if (this.#index === 0) this.#members = members
  }

  /** Told by a member of a later configuration than the own log's. False where it is none, or leaves it or this node out. */
  hear(from: NodeId, configuration: Configuration, index: number): boolean {
    const members = membersOf(configuration)
    const isIn = (id: NodeId) => members.some((member) => member.id === id)
    if (this.#index === 0 || index <= (this.#heard?.index ?? this.#index)) return false
    if (!isIn(from) || !isIn(this.self)) return false
    this.#heard = { members, index }
    return true
  }

  /** In force by the own log, where that has any. From here on it is what counts. */
  follow(configuration: Configuration, index: number, committed: boolean): void {
    this.#heard = undefined
    if (index === 0) return
    this.#members = membersOf(configuration)
    this.#index = index
    this.#committed = committed
    this.#wasMember ||= committed && this.#has(this.self)
  }

  /** That this node is no member any more is committed: nothing brings it back. */
  get leftOut(): boolean {
    return this.#committed && this.#wasMember && !this.#has(this.self)
  }

  /**
   * Members come in, and whoever shows a later configuration than ours, which we may have yet to hear of: else a member that
   * was away while all others were replaced could never be reached again. While ours is not committed, whom it leaves out may
   * be needed to commit it, a leader that removes itself above all.
   * @param shownIndex of the configuration that it has in force; 0 where it knows none
   * @throws NOT_A_MEMBER, MEMBER_REMOVED; UNREACHABLE, and so come again, while this node knows of no members at all
   */
  check(peer: NodeId, shownIndex: number): void {
    if (this.#members.length === 0) throw starting(this.self)
    if (this.#has(peer) || shownIndex > this.#index) return
    if (shownIndex > 0 && !this.#committed) return
    if (shownIndex > 0) throw removed(peer, this.self, this.#index)
    throw new MarketplaceError({
      reason: 'NOT_A_MEMBER',
      message: `${peer} is not a member of this cluster, as far as ${this.self} knows`,
      help: `add it with \`ggen-market cluster add ${peer}=HOST:PORT\`, its peer address; it may be started before or after that`,
      details: { node: peer, by: this.self },
    })
  }

  #has(id: NodeId): boolean {
    return this.#members.some((member) => member.id === id)
  }
}

/** Everybody in a configuration, each once; whoever votes in one half is a voter. */
export function membersOf({ voters, outgoing, learners }: Configuration): KnownMember[] {
  const members = new Map<NodeId, KnownMember>()
  for (const voter of [...voters, ...outgoing]) {
    if (!members.has(voter.id)) members.set(voter.id, { ...voter, voter: true })
  }
  for (const learner of learners)
    if (!members.has(learner.id)) members.set(learner.id, { ...learner, voter: false })
  return [...members.values()]
}

/** A node that listens already, and has not read its log yet: it cannot tell whom to let in. {@link isStarting} */
export function starting(node: NodeId): MarketplaceError {
  return new MarketplaceError({
    reason: 'UNREACHABLE',
    message: `${node} is starting: it does not know yet who the members are`,
    help: 'it reads its log, or asks the cluster that it joins; this is tried again by itself',
    details: { peer: node, starting: node },
  })
}

/** Whether a node is there that will answer in a moment. */
export function isStarting(error: unknown): boolean {
  return error instanceof MarketplaceError && error.details.starting !== undefined
}

/** @param index of the configuration without it */
export function removed(node: NodeId, by: NodeId, index: number): MarketplaceError {
  return new MarketplaceError({
    reason: 'MEMBER_REMOVED',
    message: `${node} was removed from the cluster (entry ${index} of the log): it takes no part any more`,
    help: `switch ${node} off; its data folder is needed no more. A new node, with a node id of its own and an empty folder, can take its place`,
    details: { node, by, index: String(index) },
  })
}
