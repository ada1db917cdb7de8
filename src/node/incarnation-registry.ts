import { Decoder, Encoder } from '../model/codec.js'
import { MarketplaceError } from '../model/error.js'
import type { Incarnation, NodeId } from '../model/node-id.js'
import type { PeerTransport } from '../rpc/peer-transport.js'
import { type Clock, pause } from '../runtime/clock.js'
import type { Logger } from '../runtime/logger.js'

/** What a node's folder remembers of identities: its own, and those of the peers it has met. */
export interface IdentityFolder {
  readonly incarnation: Incarnation
  /** Whether the other members know this incarnation: a node that is not admitted neither votes nor acknowledges. */
  readonly admitted: boolean
  /** Durable before it resolves. */
  markAdmitted(): Promise<void>
  peerIncarnation(peer: NodeId): Incarnation | undefined
  /** Durable before it resolves. */
  rememberPeer(peer: NodeId, incarnation: Incarnation): Promise<void>
}

const PROCEDURE = 'identity.register'
const RETRY_MS = 200
const CALL_MS = 2_000

/**
 * Admission by incarnation. A voter's promises live on its disk; one that comes back under its name with an empty disk has
 * forgotten them and could elect a leader without acknowledged entries. So a fresh folder first shows its random incarnation
 * to so many of the **other** members that any two such groups share one, and each of them remembers the first it saw,
 * durably, and refuses every other for ever. With n members that is more than half of the n − 1 others: at the very first
 * start of three nodes, both others. Once admitted it is never asked again.
 */
export class IncarnationRegistry {
  constructor(
    private readonly self: NodeId,
    private readonly folder: IdentityFolder,
    private readonly transport: PeerTransport,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Answers other members' registrations. */
  serve(): void {
    this.transport.serve(PROCEDURE, async (from, call) => {
      const input = new Decoder(call.header)
      const incarnation = input.hex(16) as Incarnation
      input.end()
      this.check(from, incarnation)
      if (this.folder.peerIncarnation(from) === undefined) {
        await this.folder.rememberPeer(from, incarnation)
        // Two folders may race for one name: whoever was remembered first stays.
        this.check(from, incarnation)
      }
      return { header: new Uint8Array() }
    })
  }

  /** @throws IDENTITY_LOST where the peer is known under another incarnation. */
  check(peer: NodeId, incarnation: Incarnation): void {
    const known = this.folder.peerIncarnation(peer)
    if (known !== undefined && known !== incarnation) throw identityLost(peer, known, incarnation)
  }

  /**
   * Resolves once this folder may vote.
   * @throws IDENTITY_LOST where a member remembers this node under another incarnation.
   */
  async admit(others: readonly NodeId[], stopped: () => boolean): Promise<void> {
    if (this.folder.admitted) return
    const needed = others.length === 0 ? 0 : Math.floor(others.length / 2) + 1
    const agreed = new Set<NodeId>()
    const header = new Encoder(16).hex(this.folder.incarnation, 16).finish()
    for (let round = 0; agreed.size < needed; round++) {
      if (stopped()) return
      await Promise.all(
        others
          .filter((peer) => !agreed.has(peer))
          .map(async (peer) => {
            try {
              await this.transport.call(peer, PROCEDURE, { header }, { deadlineMs: CALL_MS })
              agreed.add(peer)
            } catch (error) {
              if (error instanceof MarketplaceError && error.reason === 'IDENTITY_LOST') throw error
            }
          }),
      )
      if (agreed.size >= needed) break
      if (round % 25 === 0) {
        this.logger.info(
          { agreed: [...agreed], needed },
          `first start of ${this.self}: waiting for ${needed} other members`,
        )
      }
      await pause(this.clock, RETRY_MS)
    }
    await this.folder.markAdmitted()
  }
}

export function identityLost(node: NodeId, known: Incarnation, shown: Incarnation): MarketplaceError {
  return new MarketplaceError({
    reason: 'IDENTITY_LOST',
    message: `${node} shows incarnation ${shown}, but the cluster knows it as ${known}: its data folder was emptied or replaced`,
    help: `bring back the original data folder of ${node}; an empty one has forgotten what it voted for and acknowledged, so it may not take part under that name`,
    details: { node, known, shown },
  })
}
