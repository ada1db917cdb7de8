import { Encoder } from '../model/codec.js'
import { decodeMemberMessage } from '../model/member-message.js'
import type { NodeId } from '../model/node-id.js'
import { decodeConfiguration, encodeConfiguration } from '../raft/configuration.js'
import type { Raft } from '../raft/raft.js'
import type { PeerTransport } from '../rpc/peer-transport.js'
import { type Clock, pause } from '../runtime/clock.js'
import type { FolderAdmission } from './folder-admission.js'
import { isStarting, type MemberList, membersOf } from './member-list.js'

const PROCEDURE = 'members.introduce'
const CALL_MS = 1_500
const AGAIN_MS = 1_000

/**
 * Tells each member that a connection leads to who the members are now. It may have been off while all those whom it knows
 * were replaced: then it waits for somebody to confirm its start, and knows of nobody to ask.
 */
export class Introductions {
  readonly #connected = new Set<NodeId>()
  /** Log index of the newest configuration that each was told of since it is connected. */
  readonly #told = new Map<NodeId, number>()
  readonly #telling = new Set<NodeId>()
  #stopped = false

  constructor(
    private readonly parts: { readonly raft: Raft; readonly transport: PeerTransport; readonly clock: Clock },
  ) {}

  onConnection(peer: NodeId, connected: boolean): void {
    this.#told.delete(peer)
    if (connected) this.#connected.add(peer)
    else this.#connected.delete(peer)
    if (connected) void this.#tell(peer)
  }

  /** The members may have changed, or this node begins: to some of them a connection may be up already. */
  follow(): void {
    for (const { id } of membersOf(this.parts.raft.status().configuration)) {
      if (id !== this.parts.raft.status().id) void this.#tell(id)
    }
  }

  stop(): void {
    this.#stopped = true
  }

  async #tell(peer: NodeId): Promise<void> {
    if (this.#telling.has(peer)) return
    this.#telling.add(peer)
    for (let again = true; again && !this.#stopped; ) again = await this.#tellOnce(peer)
    this.#telling.delete(peer)
  }

  /** Whether there is something to tell it again. */
  async #tellOnce(peer: NodeId): Promise<boolean> {
    const { raft, transport, clock } = this.parts
    const { configuration, configurationIndex: index, commit } = raft.status()
    // Until it is settled there will be news of it.
    if (index === 0 || index > commit || configuration.outgoing.length > 0) return false
    if (this.#told.get(peer) === index || !membersOf(configuration).some(({ id }) => id === peer))
      return false
    const header = new Encoder().uint(index).bytes(encodeConfiguration(configuration)).finish()
    try {
      await transport.call(peer, PROCEDURE, { header }, { deadlineMs: CALL_MS })
      this.#told.set(peer, index)
    } catch (error) {
      // Whoever is not there is told when a connection to it comes up.
      if (!this.#connected.has(peer) && !isStarting(error)) return false
      await pause(clock, AGAIN_MS)
    }
    return true
  }
}

export interface IntroducedParts {
  readonly transport: PeerTransport
  readonly members: MemberList
  readonly admission: FolderAdmission
}

/**
 * Listens to whoever was let in and shows a later configuration than our log: its members are shown this folder too. Only while
 * a folder waits that was in use before; from then on the log says who is a member.
 */
export function awaitIntroduction({ transport, members, admission }: IntroducedParts): void {
  transport.serve(PROCEDURE, async (from, call) => {
    const { configuration, index } = decodeMemberMessage(PROCEDURE, call.header, (input) => ({
      index: input.uint(),
      configuration: decodeConfiguration(input.bytes()),
    }))
    if (admission.waits && members.hear(from, configuration, index)) {
      transport.setPeers(members.others)
      admission.introduce(members.heard)
    }
    return { header: new Uint8Array() }
  })
}
