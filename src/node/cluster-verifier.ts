import { bytesToHex, DecodeError, Decoder, Encoder } from '../model/codec.js'
import type { RequestId } from '../model/command.js'
import { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import type { PeerTransport } from '../rpc/peer-transport.js'
import { pause } from '../runtime/clock.js'
import type { Random } from '../runtime/random.js'
import type { Node } from './node.js'
import { checkNotRemoved, howToHeal, stopping } from './node-fault.js'
import {
  decodeOrder,
  decodeReport,
  encodeOrder,
  encodeReport,
  type MemberVerification,
  type NodeReport,
  type VerifyOrder,
} from './verification.js'
import { type ClusterVerification, compared, majorityOf } from './verified-states.js'
import { VerifyJob, type VerifyPorts } from './verify-job.js'

const PROCEDURE = 'cluster.verify'
const VERDICT = 'cluster.verify.verdict'
const ASK_MS = 3_000
const ASK_AGAIN_MS = 500
/** A member that does not answer for so long is left out. */
const AWAY_MS = 8_000
const CHECKPOINT_MS = 10_000
/** Disks are read so fast at most, on each node. */
const BYTES_PER_SECOND_DEFAULT = 64 * 1024 * 1024

export interface ClusterVerifierPorts extends Omit<VerifyPorts, 'node'> {
  readonly node: Node
  readonly transport: PeerTransport
  readonly random: Random
}

/** Has every member read everything that it has, and compares what they hold at one index of the log. */
export class ClusterVerifier {
  #job: VerifyJob | undefined
  #stopped = false

  constructor(private readonly ports: ClusterVerifierPorts) {}

  /** Answers the others, and this node itself. */
  serve(): void {
    this.ports.transport.serve(PROCEDURE, async (_from, call) => {
      try {
        return { header: encodeReport(this.#ownReport(decodeOrder(call.header))) }
      } catch (error) {
        throw error instanceof DecodeError ? undecodable(error) : error
      }
    })
    this.ports.transport.serve(VERDICT, async (_from, call) => {
      const input = new Decoder(call.header)
      this.#heed(input.hex(16), input.hex(32))
      input.end()
      return { header: new Uint8Array() }
    })
  }

  stop(): void {
    this.#stopped = true
  }

  /**
   * One verification; yields how far it is, again and again, and last the result.
   * @param bytesPerSecond each node reads at most; 0: the default of 64 MiB
   * @throws MEMBER_REMOVED where this node is a member no more, or is removed meanwhile; SHUTTING_DOWN
   */
  async *run(bytesPerSecond = 0): AsyncGenerator<ClusterVerification, void, undefined> {
    const { clock, random } = this.ports
    const index = await this.#checkpoint()
    const bytesPerMs = Math.max(1, Math.floor((bytesPerSecond || BYTES_PER_SECOND_DEFAULT) / 1_000))
    const order = { jobId: bytesToHex(random.bytes(16)), index, bytesPerMs }
    const asked = new Map(
      this.#members().map((id) => [id, { answer: NOT_YET, heardMs: clock.monotonicMs() }]),
    )
    const verification = (): MemberVerification[] => [...asked].map(([id, { answer }]) => ({ id, ...answer }))
    for (;;) {
      checkNotRemoved(this.ports.node.status())
      await Promise.all(
        [...asked].map(async ([id, { answer, heardMs }]) => {
          if (answer.report?.done === true || answer.over) return
          const now = await this.#ask(id, order)
          const nowMs = clock.monotonicMs()
          if (now.report !== undefined) asked.set(id, { answer: now, heardMs: nowMs })
          else if (now.over || nowMs - heardMs >= AWAY_MS)
            asked.set(id, { answer: { ...now, over: true }, heardMs })
        }),
      )
      const done = [...asked.values()].every(({ answer }) => answer.report?.done === true || answer.over)
      if (done) {
        const result = compared(index, verification())
        await this.#tellMinority(order.jobId, result)
        return yield result
      }
      yield { index, done: false, ok: false, members: verification() }
      await pause(clock, ASK_AGAIN_MS)
      if (this.#stopped) throw stopping()
    }
  }

  /** An index at which all freeze their states; 0 where there is no majority to agree on one. */
  async #checkpoint(): Promise<number> {
    const requestId = bytesToHex(this.ports.random.bytes(16)) as RequestId
    try {
      const { index } = await this.ports.node.propose(
        { type: 'checkpoint', requestId },
        { deadlineMs: CHECKPOINT_MS },
      )
      return index
    } catch (error) {
      if (error instanceof MarketplaceError) return 0
      throw error
    }
  }

  #members(): NodeId[] {
    const { voters, outgoing, learners } = this.ports.node.status().raft.configuration
    return [...new Set([...voters, ...outgoing, ...learners].map(({ id }) => id))]
  }

  async #ask(id: NodeId, order: VerifyOrder): Promise<Answer> {
    try {
      if (id === this.ports.node.nodeId) return { ...NOT_YET, report: this.#ownReport(order) }
      const header = encodeOrder(order)
      const reply = await this.ports.transport.call(id, PROCEDURE, { header }, { deadlineMs: ASK_MS })
      return { ...NOT_YET, report: decodeReport(reply.header) }
    } catch (error) {
      if (!(error instanceof MarketplaceError)) throw error
      return { report: undefined, trouble: error.message, over: error.reason === 'OVERLOADED' }
    }
  }

  /** Whoever is alone with its state must not go on serving it. */
  async #tellMinority(jobId: string, { members }: ClusterVerification): Promise<void> {
    const hashes = members.map(({ report }) => report?.stateSha256)
    const agreed = majorityOf(hashes, members.length)
    if (agreed === undefined) return
    for (const { id, report } of members) {
      if (report?.stateSha256 === undefined || report.stateSha256 === agreed) continue
      if (id === this.ports.node.nodeId) this.#heed(jobId, agreed)
      else {
        const header = new Encoder(48).hex(jobId, 16).hex(agreed, 32).finish()
        await this.ports.transport.call(id, VERDICT, { header }, { deadlineMs: ASK_MS }).catch(() => {})
      }
    }
  }

  /** A majority holds another state than this node does, by its own reading. */
  #heed(jobId: string, agreed: string): void {
    const job = this.#job
    const own = job?.report().stateSha256
    if (job?.order.jobId !== jobId || own === undefined || own === agreed) return
    const { node } = this.ports
    node.distrustState(
      new MarketplaceError({
        reason: 'STATE_CORRUPT',
        message: `the state of ${node.nodeId} at index ${job.order.index} hashes to ${own}, that of a majority to ${agreed}`,
        help: `${howToHeal(node.nodeId)}. Then look at its memory, its disk and its release`,
        details: { node: node.nodeId, index: String(job.order.index), own, agreed },
      }),
    )
  }

  /** @throws OVERLOADED where another verification is under way */
  #ownReport(order: VerifyOrder): NodeReport {
    const job = this.#job
    if (job?.order.jobId === order.jobId) return job.report()
    if (job !== undefined && !job.forgotten && !job.done) throw busy()
    this.#job = new VerifyJob(order, this.ports, () => this.#stopped)
    return this.#job.report()
  }
}

interface Answer {
  readonly report: NodeReport | undefined
  readonly trouble: string | undefined
  /** It is not asked again. */
  readonly over: boolean
}

const NOT_YET: Answer = { report: undefined, trouble: undefined, over: false }

function undecodable(error: DecodeError): MarketplaceError {
  return new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    message: `${PROCEDURE}: the header does not decode: ${error.message}`,
    help: 'only members of the cluster call this, all of the same release',
  })
}

function busy(): MarketplaceError {
  return new MarketplaceError({
    reason: 'OVERLOADED',
    message: 'another verification is under way on this node',
    help: 'wait until it is done; one that nobody watches ends within a minute',
  })
}
