import { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import type { StartMark } from '../model/start-mark.js'
import { type Clock, pause, type Timer } from '../runtime/clock.js'
import type { Logger } from '../runtime/logger.js'
import type { IdentityFolder, IncarnationRegistry } from './incarnation-registry.js'
import { isStarting } from './member-list.js'

export interface FolderAdmissionOptions {
  /** How long a start waits for members that neither answer nor are known to be unreachable, once enough have confirmed it. */
  readonly graceMs: number
  /** Pause before a member that did not confirm is asked again, while this start waits for it. */
  readonly retryMs: number
  /** The same, while it does not. */
  readonly laterRetryMs: number
  /** How often a running folder draws a new mark, so that a copy taken of it while it runs becomes an older one too. */
  readonly renewMs: number
}

export const FOLDER_ADMISSION_DEFAULTS: FolderAdmissionOptions = {
  graceMs: 2_000,
  retryMs: 200,
  laterRetryMs: 1_000,
  renewMs: 10 * 60_000,
}

/**
 * Marks that are kept for those who were shown this folder and whom the own log does not name. A newcomer is named again once
 * the log has caught up, which takes a start or two; whoever was removed never is, and is forgotten after so many.
 */
export const UNNAMED_MARKS_KEPT = 16

/** Another member. */
export interface OtherMember {
  readonly id: NodeId
  readonly voter: boolean
}

/** How far a member is with this start. */
interface Witness {
  /** Only a voter's confirmation counts: what a learner is away for must keep nobody waiting. */
  voter: boolean
  /** The newest mark of ours that it remembers for certain. */
  confirmed: StartMark | undefined
  /** It could not be asked at the last try. */
  away: boolean
  asking: boolean
}

/**
 * Makes this folder known before it votes or acknowledges. Each start draws a mark and shows it to the other members; voters
 * count.
 * - A fresh folder waits until so many of the **others** remember it that any two such groups share one: with n members
 *   more than half of the n − 1 others, at the very first start of three nodes both.
 * - An admitted one waits for so many that they are a majority together with itself: more would cost availability. But all
 *   that can be asked are asked, and one that refuses is enough: an older copy is refused by whoever saw a later start.
 *
 * Those whom the log names may all have been replaced while this node was off, and be gone. Then a majority of a later configuration
 * will do, which a member of it tells of: what was known of this folder was handed on to them (FolderTestimonies).
 *
 * Those that did not answer are asked on until each has; a refusal then ends this node's part. What stays unseen is a copy
 * that is older than a start of which all who are alive know nothing.
 *
 * A mark that somebody may still remember is kept: whoever does not find it takes itself for an older copy. That is not only
 * whom the log names: it may not name a newcomer yet whom it had named before a restart, or for good, or name it no more for
 * as long as an entry stands that is replaced later.
 */
export class FolderAdmission {
  readonly #witnesses = new Map<NodeId, Witness>()
  /** Who was shown this folder and is not named, each with the newest mark when that was noticed. */
  readonly #unnamed = new Map<NodeId, StartMark | undefined>()
  /** Members of a later configuration than the log's. */
  #introduced: readonly OtherMember[] = []
  #admitted = false
  #showing = false
  #graceEndMs = 0
  #over = false
  #refusal: MarketplaceError | undefined
  #onRefused: ((refusal: MarketplaceError) => void) | undefined
  #onNotAMember: (() => void) | undefined
  #renewTimer: Timer | undefined
  /** Ends the wait for news. */
  #wake: () => void = () => {}

  constructor(
    private readonly folder: IdentityFolder,
    private readonly registry: IncarnationRegistry,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly options: FolderAdmissionOptions,
  ) {}

  /** Marks this start, durably, before anybody hears of it. */
  async begin(others: readonly OtherMember[]): Promise<void> {
    for (const peer of this.folder.shownTo) this.#unnamed.set(peer, this.folder.startMarks.at(-1))
    this.follow(others)
    await this.#drawMark()
  }

  /** The members have changed: new ones are shown this folder too, and those who left are waited for no more. */
  follow(others: readonly OtherMember[]): void {
    this.#introduced = []
    for (const peer of this.#witnesses.keys()) {
      if (others.some((member) => member.id === peer)) continue
      this.#witnesses.delete(peer)
      this.#unnamed.set(peer, this.folder.startMarks.at(-1))
    }
    for (const { id, voter } of others) {
      this.#unnamed.delete(id)
      const witness = this.#witnesses.get(id)
      if (witness !== undefined) witness.voter = voter
      else this.#witnesses.set(id, { voter, confirmed: undefined, away: false, asking: false })
      if (this.#showing) void this.#show(id)
    }
    if (this.#admitted) this.#dropOldMarks()
    this.#wake()
  }

  /** Whether a folder that was in use before waits to be confirmed. */
  get waits(): boolean {
    return this.#showing && this.folder.admitted && !this.#admitted && !this.#over
  }

  /** A later configuration than the log's has these members, who are shown this folder as well. Replaces an earlier one. */
  introduce(others: readonly OtherMember[]): void {
    this.#introduced = others
    this.#graceEndMs = this.clock.monotonicMs() + this.options.graceMs
    this.logger.info(
      { members: others.map(({ id }) => id) },
      'the members have changed meanwhile: those of now are asked to confirm this start',
    )
    for (const { id } of others) {
      this.#unnamed.delete(id)
      if (!this.#witnesses.has(id))
        this.#witnesses.set(id, { voter: false, confirmed: undefined, away: false, asking: false })
      void this.#show(id)
    }
    this.#wake()
  }

  /**
   * Resolves once this folder may vote.
   * @throws IDENTITY_LOST where this folder was emptied or is an older copy; HISTORY_MISMATCH where a member was recovered or
   *   restored without this one; SHUTTING_DOWN
   */
  async admit(stopped: () => boolean): Promise<void> {
    this.#showing = true
    for (const peer of this.#witnesses.keys()) void this.#show(peer)
    this.#graceEndMs = this.clock.monotonicMs() + this.options.graceMs
    for (let round = 0; !this.#isKnown(); round++) {
      if (stopped()) {
        this.stop()
        throw stoppedWaiting()
      }
      if (round % 100 === 99) this.#tellWhoIsMissing()
      await this.#news()
      if (this.#refusal !== undefined) throw this.#refusal
    }
    await this.folder.markAdmitted()
    if (this.#refusal !== undefined) throw this.#refusal
    this.#admitted = true
    this.#dropOldMarks()
    this.#renewLater()
  }

  /** Told once, at once or later, that a member refuses this folder after all. */
  onRefused(listener: (refusal: MarketplaceError) => void): void {
    this.#onRefused = listener
    if (this.#refusal !== undefined) listener(this.#refusal)
  }

  /** Told, again and again, that a member answers that this node is none. */
  onNotAMember(listener: () => void): void {
    this.#onNotAMember = listener
  }

  /** Whether it has been stopped, or refused. */
  get over(): boolean {
    return this.#over
  }

  /** Asks nobody any more. */
  stop(): void {
    this.#over = true
    this.#renewTimer?.cancel()
  }

  /** Whether enough members remember the newest mark, and no more answers are to be waited for. */
  #isKnown(): boolean {
    const named = this.#namedVoters()
    const later = this.#laterVoters()
    const confirmed = (voters: readonly Witness[]) =>
      voters.filter((witness) => this.#isWitness(witness)).length
    if (!this.folder.admitted) return confirmed(named) >= neededByFresh(named.length)
    const isEnough = [named, later].some(
      (voters) => voters !== undefined && confirmed(voters) >= neededByAdmitted(voters.length),
    )
    if (!isEnough) return false
    if (this.clock.monotonicMs() >= this.#graceEndMs) return true
    return [...named, ...(later ?? [])].every((witness) => witness.away || this.#isWitness(witness))
  }

  #namedVoters(): readonly Witness[] {
    return [...this.#witnesses.values()].filter((witness) => witness.voter)
  }

  /** Undefined where no later configuration is known. */
  #laterVoters(): readonly Witness[] | undefined {
    if (this.#introduced.length === 0) return undefined
    return this.#introduced.flatMap(({ id, voter }) => (voter ? (this.#witnesses.get(id) ?? []) : []))
  }

  #isWitness({ confirmed }: Witness): boolean {
    return confirmed !== undefined && confirmed === this.folder.startMarks.at(-1)
  }

  /** Shows the newest mark to one member until it remembers it. */
  async #show(peer: NodeId): Promise<void> {
    const witness = this.#witnesses.get(peer)
    if (witness === undefined || witness.asking) return
    witness.asking = true
    const isWanted = () => !this.#over && this.#witnesses.get(peer) === witness && !this.#isWitness(witness)
    while (isWanted()) {
      let pauseMs = this.#admitted ? this.options.laterRetryMs : this.options.retryMs
      const newest = this.folder.startMarks.at(-1)
      try {
        await this.folder.willShow(peer)
        await this.registry.register(peer)
        witness.confirmed = newest
        witness.away = false
      } catch (error) {
        if (this.registry.isRefusal(error) || (!this.#admitted && isOfAnotherHistory(error)))
          this.#refused(error)
        witness.away = isAway(error)
        if (isStranger(error)) {
          this.#onNotAMember?.()
          pauseMs = this.options.laterRetryMs
        }
      }
      this.#wake()
      if (isWanted()) await pause(this.clock, pauseMs)
    }
    witness.asking = false
    if (this.#admitted) this.#dropOldMarks()
  }

  #refused(refusal: MarketplaceError): void {
    if (this.#refusal !== undefined) return
    this.#refusal = refusal
    this.stop()
    this.#onRefused?.(refusal)
  }

  /** Until a member has answered or could not, or for one pause. */
  async #news(): Promise<void> {
    const answered = new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    await Promise.race([answered, pause(this.clock, this.options.retryMs)])
  }

  async #drawMark(): Promise<void> {
    if (await this.folder.drawStartMark()) return
    const missing = [...this.#witnesses].filter(([, witness]) => !this.#isWitness(witness)).map(([id]) => id)
    this.logger.error(
      { marks: this.folder.startMarks.length, missing },
      'no new start mark: a member has not confirmed any for too long. Start it, or older copies of this folder made from now on will not be recognised',
    )
  }

  /** What every member has confirmed makes all before it superfluous, but for a while those that somebody unnamed may know. */
  #dropOldMarks(): void {
    const { startMarks } = this.folder
    const newest = startMarks.at(-1)
    if (newest === undefined || startMarks.length === 1) return
    if (![...this.#witnesses.values()].every((witness) => this.#isWitness(witness))) return
    const kept = startMarks.slice(-UNNAMED_MARKS_KEPT)
    const forgotten = [...this.#unnamed].flatMap(([peer, mark]) =>
      mark === undefined || kept.includes(mark) ? [] : [peer],
    )
    for (const peer of forgotten) this.#unnamed.delete(peer)
    this.folder
      .dropMarksBefore(this.#unnamed.size === 0 ? newest : (kept[0] ?? newest), forgotten)
      .catch((error: unknown) => this.logger.warn({ error }, 'old start marks could not be dropped'))
  }

  #renewLater(): void {
    if (this.#over) return
    this.#renewTimer = this.clock.after(this.options.renewMs, () => {
      this.#drawMark()
        .then(() => {
          for (const peer of this.#witnesses.keys()) void this.#show(peer)
        })
        .catch((error: unknown) => this.logger.warn({ error }, 'no new start mark could be written'))
        .finally(() => this.#renewLater())
    })
  }

  #tellWhoIsMissing(): void {
    const firstStart = !this.folder.admitted
    const voters = this.#laterVoters() ?? this.#namedVoters()
    const missing = [...this.#witnesses].flatMap(([id, witness]) =>
      voters.includes(witness) && !this.#isWitness(witness) ? [id] : [],
    )
    const needed = firstStart ? neededByFresh(voters.length) : neededByAdmitted(voters.length)
    this.logger.warn(
      { missing, needed, firstStart },
      firstStart
        ? 'waiting for other members to confirm this start: start them too'
        : 'waiting for other members to confirm this start: start them too. If they were replaced, those who are members now will ' +
            'do, a majority of them, as soon as they reach this node: see that they find it at its peer address. If they refuse it, they say so',
    )
  }
}

/** Any two groups of so many of the others share one. */
function neededByFresh(others: number): number {
  return others === 0 ? 0 : Math.floor(others / 2) + 1
}

/** A majority of the members, this one being of it. */
function neededByAdmitted(others: number): number {
  return Math.floor((others + 1) / 2)
}

/** Not to be waited for now: nobody is there, or somebody who may not speak for that member. */
function isAway(error: unknown): boolean {
  return (
    error instanceof MarketplaceError &&
    !isStarting(error) &&
    ['UNREACHABLE', 'IDENTITY_LOST', 'NOT_A_MEMBER'].includes(error.reason)
  )
}

function isStranger(error: unknown): boolean {
  return error instanceof MarketplaceError && error.reason === 'NOT_A_MEMBER'
}

/** A member that goes on in another history ends a start that could bring this one back; those at work go on without it. */
function isOfAnotherHistory(error: unknown): error is MarketplaceError {
  return error instanceof MarketplaceError && error.reason === 'HISTORY_MISMATCH'
}

function stoppedWaiting(): MarketplaceError {
  return new MarketplaceError({
    reason: 'SHUTTING_DOWN',
    message: 'this node was stopped while it waited for other members to confirm its start',
    help: 'start it again together with a majority of the members',
  })
}
