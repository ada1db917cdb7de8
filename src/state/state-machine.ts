import { assert, assertNever } from '../model/assert.js'
import { DecodeError } from '../model/codec.js'
import {
  CLUSTER_VERSION,
  type Command,
  decodeCommand,
  FIRST_CLUSTER_VERSION,
  type RaiseVersionCommand,
  type RequestId,
} from '../model/command.js'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import { type Configuration, decodeConfiguration } from '../raft/configuration.js'
import type { Entry } from '../raft/entry.js'
import type { ApplyContext } from './apply-context.js'
import { firstChainHash, keepChainHash, nextChainHash, readChainHash } from './chain-hash.js'
import { applyChange } from './change.js'
import type { CommandResult } from './command-result.js'
import { applyDownloads } from './downloads.js'
import { checkPieces, GROUP_MARKERS_MAX, GroupMarkers, markersFrom } from './group-marker.js'
import { keys, STATE_FORMAT_VERSION } from './key-layout.js'
import type { KeyValueStore, WriteOperation } from './key-value-store.js'
import {
  type AppliedMark,
  type Counters,
  encodeApplied,
  encodeNumber,
  encodeSettings,
  readApplied,
  readConfiguration,
  readCounters,
  readNumber,
  readSettings,
  type StateSettings,
  writeConfiguration,
  writeCounters,
  ZERO_COUNTERS,
} from './meta.js'
import { applyOwnerChange } from './owner-change.js'
import { applyQuota, countAll, QUOTA_CLUSTER_VERSION } from './quota.js'
import { applyRegister } from './register.js'
import {
  checkRoom,
  expireRequests,
  isForGood,
  isRemembered,
  type RememberedCommand,
  recallResult,
  rememberResult,
  requestFingerprint,
} from './request-table.js'
import { seal, stateCorrupt } from './stored-value.js'
import { WorkingSet } from './working-set.js'

/** Options of an empty store. One that has been opened before keeps what it was made with; members must agree. */
export interface StateMachineOptions {
  /** Default LIMITS.changeFeedEntriesMax. */
  readonly changeFeedEntriesMax?: number
  /** Default LIMITS.requestTableMax. */
  readonly requestTableMax?: number
  /** Default LIMITS.requestMemoryMs. */
  readonly requestMemoryMs?: number
  /** Default LIMITS.versionsPerPackageMax. */
  readonly versionsPerPackageMax?: number
  /** Default LIMITS.signedAtSkewMs. */
  readonly signedAtSkewMs?: number
  /** This node's own, not replicated. Default GROUP_MARKERS_MAX. */
  readonly groupMarkersMax?: number
}

/** What one entry came to. */
export interface AppliedEntry {
  readonly index: number
  readonly term: number
  /** Of commands only. */
  readonly command?: Command
  readonly requestId?: RequestId
  readonly result?: CommandResult
}

/** Entries applied together: their results at once, their writes to be landed. */
export interface AppliedGroup {
  readonly firstIndex: number
  readonly lastIndex: number
  readonly lastTerm: number
  readonly results: readonly AppliedEntry[]
  /** One atomic batch. Only {@link StateMachine.land} writes it. */
  readonly operations: readonly WriteOperation[]
  /** Which group of this machine it is, from 0. */
  readonly sequence: number
}

/**
 * The replicated state, as a function of the log. `apply` computes without waiting; `land` makes a group durable in one
 * synced batch that also carries the applied index, so the two can never disagree. Between the two, later entries see the
 * group's writes in memory. Nothing here asks a clock or rolls dice.
 */
export class StateMachine {
  readonly settings: StateSettings
  /** Applied index when it was opened: the hash up to there was read; those after it were computed here. */
  readonly openedIndex: number
  readonly #working: WorkingSet
  readonly #markers: GroupMarkers
  #counters: Counters
  #configuration: Configuration | undefined
  #clusterVersion: number
  #applied: AppliedMark
  #landedIndex: number
  #landedTerm: number
  #nextToLand = 0
  #landing: Promise<void> = Promise.resolve()
  #failure: unknown
  /** Hash by index % kept. */
  readonly #recentHashes: (AppliedMark | undefined)[] = new Array(LIMITS.stateHashesKept)

  private constructor(
    private readonly store: KeyValueStore,
    working: WorkingSet,
    settings: StateSettings,
    applied: AppliedMark,
    markers: GroupMarkers,
    counters: Counters,
    configuration: Configuration | undefined,
    clusterVersion: number,
  ) {
    this.settings = settings
    this.#working = working
    this.#applied = applied
    this.openedIndex = applied.index
    this.#landedIndex = applied.index
    this.#landedTerm = applied.term
    this.#markers = markers
    this.#counters = counters
    this.#configuration = configuration
    this.#clusterVersion = clusterVersion
    this.#keepHash(applied)
  }

  /**
   * Opens a state, beginning an empty store. The store stays the caller's to close.
   * @throws STATE_CORRUPT where it cannot be trusted: discard it, then replay or fetch
   * @throws VERSION_UNSUPPORTED where another build made it
   */
  static async open(store: KeyValueStore, options: StateMachineOptions = {}): Promise<StateMachine> {
    if (store.getSync(keys.format()) === undefined) await begin(store, options)
    const working = new WorkingSet(store)
    const format = readNumber(working, keys.format())
    if (format !== STATE_FORMAT_VERSION) throw unsupported(`state format ${format}`)
    const settings = readSettings(working)
    const applied = readApplied(working)
    const counters = readCounters(working)
    const clusterVersion = readNumber(working, keys.clusterVersion())
    if (!settings || !applied || !counters || clusterVersion === undefined) {
      throw stateCorrupt('the state lacks one of its meta records')
    }
    if (clusterVersion > CLUSTER_VERSION) throw unsupported(`cluster version ${clusterVersion}`)
    checkPieces(working)
    const markers = GroupMarkers.walk(working, applied.index, options.groupMarkersMax ?? GROUP_MARKERS_MAX)
    const configuration = readConfiguration(working)
    return new StateMachine(
      store,
      working,
      settings,
      applied,
      markers,
      counters,
      configuration,
      clusterVersion,
    )
  }

  /** Highest index whose results are computed. */
  get appliedIndex(): number {
    return this.#applied.index
  }

  get appliedTerm(): number {
    return this.#applied.term
  }

  /** Highest index that is durable here. Invariant: landedIndex ≤ appliedIndex. */
  get landedIndex(): number {
    return this.#landedIndex
  }

  /** Term of the entry at landedIndex. */
  get landedTerm(): number {
    return this.#landedTerm
  }

  /** Log time after the last applied entry, ms since the epoch. */
  get logTimeMs(): number {
    return this.#counters.logTimeMs
  }

  /** Of the last configuration entry applied; undefined before the first. */
  get configuration(): Configuration | undefined {
    return this.#configuration
  }

  /** After the last applied entry. Apply may branch on it, and on nothing of this build. */
  get clusterVersion(): number {
    return this.#clusterVersion
  }

  /** Chain hash after the last applied entry, 32 bytes. */
  get chainHash(): Uint8Array {
    return this.#applied.chainHash
  }

  /** Chain hash after an index: of the last LIMITS.stateHashesKept applied here, or one kept in the state. */
  hashAt(index: number): Uint8Array | undefined {
    const recent = this.#recentHashes[index % LIMITS.stateHashesKept]
    if (recent?.index === index) return recent.chainHash
    return index > this.#applied.index ? undefined : readChainHash(this.#working, index)
  }

  /**
   * Applies the next entries. The group must be landed, in order.
   * @throws VERSION_UNSUPPORTED for an entry this build does not understand; STATE_CORRUPT where a value read is damaged.
   *   Either leaves the machine stopped: nothing of this group lands, and every later call throws the same.
   */
  apply(entries: readonly Entry[]): AppliedGroup {
    this.#checkRunning()
    assert(entries.length > 0, 'a group holds at least one entry')
    try {
      const results = entries.map((entry) => this.#applyEntry(entry))
      const first = entries[0] as Entry
      const { group, operations } = this.#working.endGroup()
      const appliedKey = keys.applied()
      operations.push({ type: 'put', key: appliedKey, value: seal(appliedKey, encodeApplied(this.#applied)) })
      operations.push(...this.#markers.extend(first.index, this.#applied.index))
      return {
        firstIndex: first.index,
        lastIndex: this.#applied.index,
        lastTerm: this.#applied.term,
        results,
        operations,
        sequence: group,
      }
    } catch (error) {
      this.#failure = error
      throw error
    }
  }

  /**
   * Makes a group durable. May be called for the next group while earlier ones are landing; batches are written one after
   * another. Resolves once durable; after a failed write every later call rejects with the same error.
   */
  land(group: AppliedGroup): Promise<void> {
    assert(
      group.sequence === this.#nextToLand,
      () => `group ${group.sequence} landed, ${this.#nextToLand} is next`,
    )
    this.#nextToLand++
    const landed = this.#landing.then(async () => {
      await this.store.write(group.operations, { sync: true })
      this.#working.landed(group.sequence)
      this.#landedIndex = group.lastIndex
      this.#landedTerm = group.lastTerm
    })
    this.#landing = landed
    landed.catch((error: unknown) => {
      this.#failure ??= error
    })
    return landed
  }

  #applyEntry(entry: Entry): AppliedEntry {
    assert(
      entry.index === this.#applied.index + 1 && entry.term >= this.#applied.term,
      () =>
        `entry ${entry.index} of term ${entry.term} after ${this.#applied.index} of term ${this.#applied.term}`,
    )
    this.#counters.logTimeMs = Math.max(this.#counters.logTimeMs, entry.stampMs)
    expireRequests(this.#working, this.#counters, this.settings)
    const applied = this.#execute(entry)
    writeCounters(this.#working, this.#counters)
    const chainHash = nextChainHash(this.#applied.chainHash, entry, this.#working.endEntry())
    this.#applied = { index: entry.index, term: entry.term, chainHash }
    keepChainHash(this.#working, entry.index, chainHash)
    this.#working.endEntry()
    this.#keepHash(this.#applied)
    return applied
  }

  #execute(entry: Entry): AppliedEntry {
    const { index, term } = entry
    switch (entry.type) {
      case 'empty':
        return { index, term }
      case 'configuration':
        this.#configuration = understood(entry, () => decodeConfiguration(entry.payload))
        writeConfiguration(this.#working, entry.payload)
        return { index, term }
      case 'command': {
        const command = understood(entry, () => decodeCommand(entry.payload))
        return { index, term, command, requestId: command.requestId, result: this.#run(command, index) }
      }
      default:
        return assertNever(entry.type, 'entry type')
    }
  }

  #run(command: Command, index: number): CommandResult {
    const writer = this.#working
    const counters = this.#counters
    if (command.type === 'tick' || command.type === 'checkpoint') return { type: 'ticked' }
    if (command.type === 'raiseVersion') return this.#raise(command, index)
    if (!isRemembered(command)) return applyDownloads(writer, counters, command)
    const fingerprint = requestFingerprint(command)
    const settled = recallResult(writer, command.requestId, fingerprint) ?? checkRoom(counters, this.settings)
    if (settled !== undefined) return settled
    const configuration = this.#configuration
    const clusterVersion = this.#clusterVersion
    const { settings } = this
    const context: ApplyContext = { writer, counters, settings, configuration, index, clusterVersion }
    const result = applyRemembered(context, command)
    if (isForGood(result)) rememberResult(writer, counters, command.requestId, fingerprint, result)
    return result
  }

  #raise({ version }: RaiseVersionCommand, index: number): CommandResult {
    const before = this.#clusterVersion
    if (version <= before) return { type: 'ticked' }
    this.#clusterVersion = version
    this.#working.put(keys.clusterVersion(), encodeNumber(version))
    if (before < QUOTA_CLUSTER_VERSION && version >= QUOTA_CLUSTER_VERSION) countAll(this.#working, index - 1)
    return { type: 'ticked' }
  }

  #keepHash(mark: AppliedMark): void {
    this.#recentHashes[mark.index % LIMITS.stateHashesKept] = mark
  }

  #checkRunning(): void {
    if (this.#failure !== undefined) throw this.#failure
  }
}

function applyRemembered(context: ApplyContext, command: RememberedCommand): CommandResult {
  switch (command.type) {
    case 'register':
      return applyRegister(context, command)
    case 'yank':
    case 'unyank':
    case 'deprecate':
      return applyChange(context, command)
    case 'addOwner':
    case 'removeOwner':
    case 'transferOwnership':
      return applyOwnerChange(context, command)
    case 'setQuota':
      return applyQuota(context, command)
    default:
      return assertNever(command, 'command')
  }
}

/** Writes what an empty state consists of; everything after it comes from the log. */
async function begin(store: KeyValueStore, options: StateMachineOptions): Promise<void> {
  await using view = store.snapshot()
  const everything = { from: Uint8Array.of(0), to: Uint8Array.of(0xff), limit: 1 }
  for await (const pairs of view.iterate(everything)) {
    if (pairs.length > 0) throw stateCorrupt('the state holds data but no format version')
  }
  const settings: StateSettings = {
    changeFeedEntriesMax: options.changeFeedEntriesMax ?? LIMITS.changeFeedEntriesMax,
    requestTableMax: options.requestTableMax ?? LIMITS.requestTableMax,
    requestMemoryMs: options.requestMemoryMs ?? LIMITS.requestMemoryMs,
    versionsPerPackageMax: options.versionsPerPackageMax ?? LIMITS.versionsPerPackageMax,
    signedAtSkewMs: options.signedAtSkewMs ?? LIMITS.signedAtSkewMs,
  }
  const working = new WorkingSet(store)
  working.put(keys.format(), encodeNumber(STATE_FORMAT_VERSION))
  working.put(keys.clusterVersion(), encodeNumber(FIRST_CLUSTER_VERSION))
  working.put(keys.settings(), encodeSettings(settings))
  working.put(keys.applied(), encodeApplied({ index: 0, term: 0, chainHash: firstChainHash(settings) }))
  writeCounters(working, { ...ZERO_COUNTERS })
  await store.write([...working.endGroup().operations, markersFrom(1)], { sync: true })
}

function understood<T>(entry: Entry, decode: () => T): T {
  try {
    return decode()
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause
    throw unsupported(`log entry ${entry.index} (${entry.type}): ${cause.message}`, cause)
  }
}

function unsupported(what: string, cause?: unknown): MarketplaceError {
  return new MarketplaceError({
    reason: 'VERSION_UNSUPPORTED',
    message: `${what} is not understood by this build`,
    help: 'run the version of ggen-market that the other members run',
    cause,
  })
}
