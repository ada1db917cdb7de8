import { assertNever } from '../model/assert.js'
import { DecodeError, Decoder, Encoder } from '../model/codec.js'
import { MarketplaceError } from '../model/error.js'
import type { Incarnation, NodeId } from '../model/node-id.js'
import {
  type FolderTestimony,
  judgeIdentity,
  type KnownIdentity,
  type ShownIdentity,
  START_MARKS_MAX,
  type StartMark,
} from '../model/start-mark.js'
import type { PeerTransport } from '../rpc/peer-transport.js'

/** What a node's folder remembers of identities: its own, and those of the peers it has met. */
export interface IdentityFolder extends ShownIdentity {
  /** Whether the other members have ever known this incarnation. */
  readonly admitted: boolean
  /** Durable before it resolves. */
  markAdmitted(): Promise<void>
  /** Adds a mark, durable before it resolves. False where no more of them are kept. */
  drawStartMark(): Promise<boolean>
  /** Whom this folder was shown, or was to be, and who may remember marks of it. */
  readonly shownTo: readonly NodeId[]
  /** Durable before it resolves, which is before the peer is shown anything. */
  willShow(peer: NodeId): Promise<void>
  /** @param forgotten nobody waits any more for what they remember */
  dropMarksBefore(mark: StartMark, forgotten: readonly NodeId[]): Promise<void>
  knownPeer(peer: NodeId): KnownIdentity | undefined
  /** Remembers the newest mark, where it can be the folder that is remembered. Durable before it resolves. */
  rememberPeer(peer: NodeId, shown: ShownIdentity): Promise<void>
  /** Remembers what others tell of peers, where that is news. Durable before it resolves. */
  hearOfPeers(told: readonly FolderTestimony[]): Promise<void>
}

const REGISTER = 'identity.register'
const CALL_MS = 2_000

/**
 * Who may speak for a node. A voter's promises live on its disk; one that comes back under its name with an empty disk, or
 * with an older copy of the right one, has forgotten them and could elect a leader without acknowledged entries. So each
 * member remembers, durably, of every other one the incarnation that it first saw and the newest start mark that it was
 * shown, and listens to nobody else under that name.
 */
export class IncarnationRegistry {
  constructor(
    private readonly self: NodeId,
    private readonly folder: IdentityFolder,
    private readonly transport: PeerTransport,
  ) {}

  /** Answers other members' registrations. */
  serve(): void {
    this.transport.serve(REGISTER, async (from, call) => {
      const shown = decodeShown(call.header)
      this.check(from, shown)
      await this.folder.rememberPeer(from, shown)
      // Two folders may race for one name: whoever was remembered first stays.
      this.check(from, shown)
      return { header: new Uint8Array() }
    })
  }

  /** @throws IDENTITY_LOST: see {@link checkIdentity} */
  check(peer: NodeId, shown: ShownIdentity): void {
    checkIdentity(this.self, this.folder, peer, shown)
  }

  /**
   * Shows this folder to a peer, which remembers it.
   * @throws whatever came in the way; {@link isRefusal} tells what is for good
   */
  async register(peer: NodeId): Promise<void> {
    const { incarnation, startMarks } = this.folder
    const header = encodeShown({ incarnation, startMarks })
    await this.transport.call(peer, REGISTER, { header }, { deadlineMs: CALL_MS })
  }

  /**
   * Whether this very folder was refused, or this node removed, which is for good. Whoever missed a mark that this folder has
   * was told of it while an earlier list was still on its way.
   */
  isRefusal(error: unknown): error is MarketplaceError {
    return (
      error instanceof MarketplaceError &&
      (error.reason === 'IDENTITY_LOST' || error.reason === 'MEMBER_REMOVED') &&
      error.details.node === this.self &&
      !this.folder.startMarks.some((mark) => mark === error.details.lacks)
    )
  }
}

/**
 * Whether the peer may speak under its name, as far as this folder knows.
 * @throws IDENTITY_LOST, of the peer or of this node itself
 */
export function checkIdentity(
  self: NodeId,
  folder: Pick<IdentityFolder, 'knownPeer'>,
  peer: NodeId,
  shown: ShownIdentity,
): void {
  const known = folder.knownPeer(peer)
  if (known === undefined) return
  const verdict = judgeIdentity(known, shown)
  switch (verdict) {
    case 'same':
      return
    case 'another':
      throw emptied(self, peer, known.incarnation, shown.incarnation)
    case 'older': {
      const { startMark, heardMark } = known
      const lacks = startMark !== undefined && !shown.startMarks.includes(startMark) ? startMark : heardMark
      throw olderCopy(
        peer,
        self,
        `it lacks the start mark ${lacks}, which ${lacks === startMark ? `${self} was` : 'other members were'} shown: an ` +
          'older copy of its data folder was put back, or another copy of it was started elsewhere',
        lacks,
      )
    }
    case 'we-are-older':
      throw olderCopy(
        self,
        self,
        `it remembers the start mark ${known.startMark} of ${peer}, which ${peer} dropped once ${self} had confirmed a later ` +
          'one: an older copy of its data folder was put back',
      )
    default:
      assertNever(verdict, 'verdict')
  }
}

function encodeShown({ incarnation, startMarks }: ShownIdentity): Uint8Array {
  const out = new Encoder().hex(incarnation, 16)
  return out.list(startMarks, (mark) => out.hex(mark, 16)).finish()
}

/** @throws INVALID_ARGUMENT */
function decodeShown(header: Uint8Array): ShownIdentity {
  try {
    const input = new Decoder(header)
    const incarnation = input.hex(16) as Incarnation
    const startMarks = input.list(() => input.hex(16) as StartMark)
    input.end()
    if (startMarks.length === 0 || startMarks.length > START_MARKS_MAX)
      throw new DecodeError(`${startMarks.length} start marks`)
    return { incarnation, startMarks }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw new MarketplaceError({
      reason: 'INVALID_ARGUMENT',
      message: `${REGISTER}: the header does not decode: ${error.message}`,
      help: 'only members of the cluster call this, all of the same release',
    })
  }
}

function emptied(by: NodeId, node: NodeId, known: Incarnation, shown: Incarnation): MarketplaceError {
  return new MarketplaceError({
    reason: 'IDENTITY_LOST',
    message: `${node} shows incarnation ${shown}, but ${by} knows it as ${known}: its data folder was emptied or replaced`,
    help: `bring back the original data folder of ${node}; an empty one has forgotten what it voted for and acknowledged, so it may not take part under that name. If that is gone, start it as a new node, with a node id that was never used`,
    details: { node, by, known, shown },
  })
}

function olderCopy(node: NodeId, by: NodeId, why: string, lacks?: StartMark): MarketplaceError {
  return new MarketplaceError({
    reason: 'IDENTITY_LOST',
    message: `${node} is not as it was when it last ran: ${why}`,
    help:
      `bring back the newest data folder of ${node}; an older copy has forgotten what it voted for and acknowledged since, so it ` +
      'may not take part. If the newest is gone, keep this one aside and add the node again as a new member with an empty ' +
      'folder (a new node id)',
    details: { node, by, ...(lacks !== undefined && { lacks }) },
  })
}
