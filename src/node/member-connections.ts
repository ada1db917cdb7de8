import type { NodeId } from '../model/node-id.js'
import type { Member } from '../raft/configuration.js'
import type { Raft, RaftStatus } from '../raft/raft.js'
import type { PeerTransport } from '../rpc/peer-transport.js'
import type { Clock, Timer } from '../runtime/clock.js'
import { Introductions } from './introduction.js'
import type { MemberList } from './member-list.js'

export interface MemberConnectionsParts {
  readonly raft: Raft
  readonly members: MemberList
  readonly transport: PeerTransport
  readonly clock: Clock
  /** Told after every change of the list. */
  readonly onMembers?: () => void
}

/** Keeps the list of members and the connections to them in step with the configuration in force. */
export class MemberConnections {
  /**
   * Members no more by a configuration in force. Until that is committed they are needed as before, since the leader that
   * leaves hears who holds it over our connection to it; after that for as long as they are replicated to.
   */
  #leaving: readonly Member[] = []
  #farewell: Timer | undefined
  readonly #introductions: Introductions

  constructor(private readonly parts: MemberConnectionsParts) {
    this.#introductions = new Introductions(parts)
  }

  follow(): void {
    const { raft, members, transport, onMembers } = this.parts
    const before = members.others
    const { configuration, configurationIndex, commit, peers } = raft.status()
    members.follow(configuration, configurationIndex, configurationIndex <= commit)
    const gone = before.filter(({ id }) => !members.others.some((member) => member.id === id))
    const leaving = [...this.#leaving.filter(({ id }) => !gone.some((member) => member.id === id)), ...gone]
    const committed = configurationIndex <= commit
    this.#leaving = leaving.filter(
      ({ id }) => (!committed || isPeer(id, peers)) && !members.others.some((member) => member.id === id),
    )
    transport.setPeers([...this.#leaving, ...members.others])
    onMembers?.()
    this.#introductions.follow()
  }

  onConnection(peer: NodeId, connected: boolean): void {
    this.#introductions.onConnection(peer, connected)
  }

  /** Of a node that is no member any more: nobody is left to talk to, but what was said last still leaves. */
  partWithAll(afterMs: number): void {
    const { clock, transport } = this.parts
    this.#farewell = clock.after(afterMs, () => transport.setPeers([]))
  }

  stop(): void {
    this.#farewell?.cancel()
    this.#introductions.stop()
  }
}

function isPeer(id: NodeId, peers: RaftStatus['peers']): boolean {
  return peers.some((peer) => peer.id === id)
}
