import { DecodeError } from '../model/codec.js'
import type { NodeId } from '../model/node-id.js'
import type { Raft } from '../raft/raft.js'
import type { Lane } from '../rpc/peer-transport.js'
import { decodeMessage } from '../rpc/raft-codec.js'
import type { BreachReport } from './breach-report.js'
import { decodeForward } from './forward-codec.js'
import type { MemberGossip } from './member-gossip.js'
import type { ProposalQueue } from './proposal-queue.js'

/** Decodes what members send and hands it to whom it concerns. */
export class Inbox {
  constructor(
    private readonly self: NodeId,
    private readonly raft: Raft,
    private readonly proposals: ProposalQueue,
    private readonly gossip: MemberGossip,
    private readonly breaches: BreachReport,
  ) {}

  /** @returns whether the core may have something to do now */
  receive(from: NodeId, lane: Lane, bytes: Uint8Array): boolean {
    return lane === 'raft' ? this.#consensus(from, bytes) : this.#forward(from, bytes)
  }

  #consensus(from: NodeId, bytes: Uint8Array): boolean {
    const message = this.#decoded(from, 'raft', () => decodeMessage(bytes))
    if (message === undefined) return false
    if (message.from !== from || message.to !== this.self) {
      this.breaches.dropped(from, 'other-name', `${message.from} to ${message.to}`)
      return false
    }
    this.raft.step(message)
    return true
  }

  #forward(from: NodeId, bytes: Uint8Array): boolean {
    const message = this.#decoded(from, 'forward', () => decodeForward(bytes))
    if (message === undefined) return false
    if (message.type === 'clock' || message.type === 'state-hash') {
      this.gossip.heard(from, message)
      return false
    }
    this.proposals.onForward(from, message)
    return true
  }

  /** What does not decode is dropped like a lost message; what a message says is the core's to judge. */
  #decoded<T>(from: NodeId, lane: Lane, decode: () => T): T | undefined {
    try {
      return decode()
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      this.breaches.dropped(from, 'undecodable', `${lane}: ${error.message}`)
      return undefined
    }
  }
}
