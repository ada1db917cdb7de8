import { defined } from '../model/assert.js'
import { bytesToHex, Encoder } from '../model/codec.js'
import { MarketplaceError } from '../model/error.js'
import { decodeMemberMessage } from '../model/member-message.js'
import type { NodeId } from '../model/node-id.js'
import type { Configuration } from '../raft/configuration.js'
import type { PeerTransport } from '../rpc/peer-transport.js'
import { type Clock, pause } from '../runtime/clock.js'
import type { Logger } from '../runtime/logger.js'
import type { HashReport, OwnHashes } from './state-hash-watch.js'

const HASH = 'state.hash'

export interface StateConfirmationOptions {
  /** How long a state that no majority confirms is held back, for as long as somebody may still answer. */
  readonly confirmMs: number
  /** Pause before the members are asked again. */
  readonly retryMs: number
  /** How long a member may take to answer. */
  readonly askMs: number
}

export const STATE_CONFIRMATION_DEFAULTS: StateConfirmationOptions = {
  confirmMs: 10_000,
  retryMs: 200,
  askMs: 1_000,
}

/** The state that is to be passed on. */
export interface ConfirmedState extends OwnHashes {
  /** Its index when it was opened: up to there its hash was read and not computed, so that it says nothing of the rest of the state. */
  readonly openedIndex: number
}

/** What of a node it takes. */
export interface StateConfirmationParts {
  readonly id: NodeId
  readonly transport: Pick<PeerTransport, 'call' | 'serve'>
  readonly clock: Clock
  readonly logger: Logger
  readonly raft: { status(): { readonly configuration: Pick<Configuration, 'voters'> } }
  readonly holder: { readonly machine: ConfirmedState }
  readonly options: { readonly confirmation: StateConfirmationOptions }
}

/** What the other voters say of one hash. */
interface Voices {
  readonly agreeing: readonly NodeId[]
  readonly differing: readonly NodeId[]
}

/**
 * Asks the others about this state before it is passed on (raft.md: corruption). A wrong state that gets into a snapshot would
 * soon be that of a majority, and the right one then the wrong one by count. The hash that is compared is that of the
 * running state, at or above the index of what was frozen, and once it was computed from an entry: a counter that was
 * altered at rest shows in the next one.
 *
 * - A majority agrees: passed on at once.
 * - As many differ as agree, this member counted, or more: not passed on. Nobody can tell from here who is right;
 *   {@link StateHashWatch} stops the wrong one, or all.
 * - Too few can say (they are down, cut off, or far behind): held back for {@link StateConfirmationOptions.confirmMs}, and then
 *   passed on: with those who know better gone there is nobody whose state would be right instead, and the follower is perhaps
 *   needed for a majority. That takes a wrong state, and the loss of everybody who could contradict it, at once.
 */
export class StateConfirmation {
  readonly #options: StateConfirmationOptions

  constructor(private readonly parts: StateConfirmationParts) {
    this.#options = parts.options.confirmation
  }

  /** Answers those who ask. */
  serve(): void {
    this.parts.transport.serve(HASH, async (_from, { header }) => {
      const index = decodeMemberMessage('the question for a hash', header, (input) => input.uint())
      const own = this.parts.holder.machine
      const hash = index <= own.appliedIndex ? own.hashAt(index) : undefined
      // It forgets when it is restarted: then the one who asks may know what this one knows.
      return { header: encodeReport(hash === undefined ? this.#newest() : { index, hash }) }
    })
  }

  /**
   * Resolves when the state may be passed on.
   * @param isWanted whether somebody still waits for it
   * @throws UNREACHABLE where it may not, for now
   */
  async confirm(isWanted: () => boolean): Promise<void> {
    const { clock, logger } = this.parts
    const endMs = clock.monotonicMs() + this.#options.confirmMs
    let asked = this.#newest()
    for (;;) {
      const voters = this.#voters
      const isTelling = asked.index > this.parts.holder.machine.openedIndex
      const { agreeing, differing } = await this.#voices(voters, asked)
      const own = voters.includes(this.parts.id) ? 1 : 0
      if (isTelling && (agreeing.length + own) * 2 > voters.length) return
      if (!isWanted()) throw unconfirmed('nobody waits for it any more')
      if (clock.monotonicMs() >= endMs) {
        if (differing.length > agreeing.length)
          throw unconfirmed(`at index ${asked.index} that of ${differing.join(', ')} has another hash`)
        logger.warn(
          { index: asked.index, agreeing, differing },
          'a state is passed on that no majority has confirmed',
        )
        return
      }
      await pause(clock, this.#options.retryMs)
      // The same index as long as it will do: the newest one is always too new for somebody.
      if (this.#isOutdated(asked)) asked = this.#newest()
    }
  }

  get #voters(): readonly NodeId[] {
    return this.parts.raft.status().configuration.voters.map(({ id }) => id)
  }

  #newest(): HashReport {
    const own = this.parts.holder.machine
    return {
      index: own.appliedIndex,
      hash: defined(own.hashAt(own.appliedIndex), 'hash of the applied index'),
    }
  }

  /** Another state is in its place, its hash was forgotten, or there is one by now that says more. */
  #isOutdated({ index, hash }: HashReport): boolean {
    const own = this.parts.holder.machine
    const now = own.hashAt(index)
    if (now === undefined || bytesToHex(now) !== bytesToHex(hash)) return true
    return index <= own.openedIndex && own.appliedIndex > index
  }

  async #voices(voters: readonly NodeId[], { index }: HashReport): Promise<Voices> {
    const agreeing: NodeId[] = []
    const differing: NodeId[] = []
    const ask = async (voter: NodeId) => {
      const theirs = await this.#ask(voter, index)
      const { machine } = this.parts.holder
      const ours =
        theirs === undefined || theirs.index > machine.appliedIndex ? undefined : machine.hashAt(theirs.index)
      if (theirs === undefined || ours === undefined) return
      if (bytesToHex(ours) !== bytesToHex(theirs.hash)) differing.push(voter)
      // That it agreed before says nothing of what came after.
      else if (theirs.index >= index) agreeing.push(voter)
    }
    await Promise.all(voters.filter((voter) => voter !== this.parts.id).map(ask))
    return { agreeing, differing }
  }

  /** Its hash at that index, or else at the newest it has; undefined where it cannot be asked. */
  async #ask(voter: NodeId, index: number): Promise<HashReport | undefined> {
    const { transport, logger } = this.parts
    try {
      const call = { header: new Encoder(16).uint(index).finish() }
      return decodeReport(
        (await transport.call(voter, HASH, call, { deadlineMs: this.#options.askMs })).header,
      )
    } catch (error) {
      logger.debug({ voter, index, error: String(error) }, 'a member does not tell its hash')
      return undefined
    }
  }
}

function encodeReport({ index, hash }: HashReport): Uint8Array {
  return new Encoder(48).uint(index).raw(hash).finish()
}

/** @throws INVALID_ARGUMENT */
function decodeReport(bytes: Uint8Array): HashReport {
  return decodeMemberMessage('the answer about a hash', bytes, (input) => ({
    index: input.uint(),
    hash: input.raw(32).slice(),
  }))
}

function unconfirmed(why: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'UNREACHABLE',
    message: `the state of this node is not passed on: ${why}`,
    help: 'where members differ, `ggen-market cluster status` shows their hashes, and those that are wrong stop; otherwise it is tried again',
  })
}
