import { MarketplaceError } from '../model/error.js'
import { foldName, type Namespace, type PackageRef } from '../model/package-id.js'
import type { ReadDemand } from '../model/read-demand.js'
import type { VersionSummary } from '../model/summary.js'
import type { ChangeRecord } from '../state/change-feed.js'
import { summarizeVersion } from './lookup.js'
import { PageBudget } from './page-token.js'
import type { CallOptions, RegistryContext } from './ports.js'
import { checkIndex, openView } from './read-view.js'

/** Pause after which a silent stream says how far it is. */
export const PROGRESS_MS = { default: 10_000, min: 100, max: 60_000 } as const
/** Without a leader for this long, a node sends its watchers elsewhere: it may be cut off. */
const LEADERLESS_MS = 15_000
/** Versions of one message of a listing. */
const LISTING_ENTRIES_MAX = 500

export type WatchedKind = ChangeRecord['kind']

export interface WatchDemand {
  /** Exclusive; 0: from the beginning of the feed. */
  readonly afterIndex: number
  /** The history that afterIndex belongs to. */
  readonly historyId?: string | undefined
  /** Begin with everything there is; afterIndex is 0 then. */
  readonly includeExisting: boolean
  /** Whatever meets one of these; none of both: everything. */
  readonly namespaces: readonly Namespace[]
  readonly packages: readonly PackageRef[]
  /** Only these; empty: all. */
  readonly kinds: readonly WatchedKind[]
  /** 0: the default. */
  readonly progressMs: number
}

export type WatchEvent =
  /** A part of all there was at this index; the last one says so. */
  | {
      readonly type: 'existing'
      readonly index: number
      readonly versions: readonly VersionSummary[]
      readonly complete: boolean
    }
  /** What one log index changed, as far as it was asked for: all of it. */
  | {
      readonly type: 'changes'
      readonly index: number
      readonly logTimeMs: number
      readonly records: readonly ChangeRecord[]
    }
  /** Nothing else that was asked for happened up to here. */
  | { readonly type: 'progress'; readonly index: number }

/**
 * Changes as they land on this node, from an index on and without end. Positions are log indexes: they hold on every node.
 * @throws COMPACTED (`firstRetained` in its details), HISTORY_MISMATCH, INDEX_NOT_REACHED (this node is behind: ask another),
 *   NO_LEADER, SHUTTING_DOWN, LIMIT_EXCEEDED, INVALID_ARGUMENT
 */
export async function* watch(
  context: RegistryContext,
  demand: WatchDemand,
  options: CallOptions,
  gone: AbortSignal,
): AsyncGenerator<WatchEvent, void, undefined> {
  checkDemand(demand)
  const progressMs = demand.progressMs === 0 ? PROGRESS_MS.default : demand.progressMs
  const { changes: hub, clock, state } = context
  hub.enter()
  try {
    let position = demand.afterIndex
    if (demand.includeExisting) position = yield* existing(context, demand, options)
    else {
      // A node that is behind the position would send what was sent before it.
      await (await openView(context, startOf(demand), options))[Symbol.asyncDispose]()
      yield { type: 'progress', index: position }
    }
    let ledMs = clock.monotonicMs()
    for (;;) {
      const part = await hub.next(position, progressMs, gone)
      for (const { index, logTimeMs, records } of part.changes) {
        const wanted = records.filter((record) => passes(demand, record))
        position = index
        if (wanted.length > 0) yield { type: 'changes', index, logTimeMs, records: wanted }
      }
      if (part.changes.length > 0) continue
      position = Math.max(position, part.through)
      yield { type: 'progress', index: position }
      if (state.status().leader !== undefined) ledMs = clock.monotonicMs()
      else if (clock.monotonicMs() - ledMs > LEADERLESS_MS) throw cutOff()
    }
  } finally {
    hub.leave()
  }
}

function startOf(demand: WatchDemand): ReadDemand {
  return { consistency: 'stale', minIndex: demand.afterIndex, historyId: demand.historyId }
}

/** @returns the index that the listing reflects */
async function* existing(
  context: RegistryContext,
  demand: WatchDemand,
  options: CallOptions,
): AsyncGenerator<WatchEvent, number, undefined> {
  await using view = await openView(context, { historyId: demand.historyId }, options)
  const index = view.appliedIndex
  let versions: VersionSummary[] = []
  let budget = new PageBudget()
  for await (const record of view.records()) {
    if (!passesRef(demand, record.ref)) continue
    for (const { version } of record.versions) {
      const summary = summarizeVersion(view, { ...record.ref, version })
      const fits = budget.takes([summary.yankReason, summary.deprecated])
      if (!fits || versions.length >= LISTING_ENTRIES_MAX) {
        yield { type: 'existing', index, versions, complete: false }
        versions = []
        budget = new PageBudget()
      }
      versions.push(summary)
    }
  }
  yield { type: 'existing', index, versions, complete: true }
  return index
}

function passes(demand: WatchDemand, record: ChangeRecord): boolean {
  if (demand.kinds.length > 0 && !demand.kinds.includes(record.kind)) return false
  if ('id' in record) return passesRef(demand, record.id)
  const { scope } = record
  if (scope.name !== undefined) return passesRef(demand, scope)
  // New owners of a namespace are news of every package in it.
  const { namespace } = scope
  if (demand.namespaces.length === 0 && demand.packages.length === 0) return true
  return demand.namespaces.includes(namespace) || demand.packages.some((ref) => ref.namespace === namespace)
}

function passesRef(demand: WatchDemand, { namespace, name }: PackageRef): boolean {
  const { namespaces, packages } = demand
  if (namespaces.length === 0 && packages.length === 0) return true
  if (namespace !== undefined && namespaces.includes(namespace)) return true
  const folded = foldName(name)
  return packages.some((ref) => ref.namespace === namespace && foldName(ref.name) === folded)
}

/** Namespaces and packages of one filter. */
const FILTER_ENTRIES_MAX = 1_000

function checkDemand(demand: WatchDemand): void {
  const { includeExisting, afterIndex, progressMs, namespaces, packages } = demand
  checkIndex(afterIndex, 'after_index')
  if (includeExisting && afterIndex !== 0) {
    throw new MarketplaceError({
      reason: 'INVALID_ARGUMENT',
      field: 'after_index',
      message: `after_index ${afterIndex} and include_existing exclude each other`,
      help: 'go on after an index, or begin with everything there is',
    })
  }
  if (progressMs !== 0 && (progressMs < PROGRESS_MS.min || progressMs > PROGRESS_MS.max)) {
    throw new MarketplaceError({
      reason: 'INVALID_ARGUMENT',
      field: 'progress_ms',
      message: `progress_ms ${progressMs} is not from ${PROGRESS_MS.min} to ${PROGRESS_MS.max}`,
      help: `leave it out for ${PROGRESS_MS.default}`,
    })
  }
  if (namespaces.length + packages.length > FILTER_ENTRIES_MAX) {
    throw new MarketplaceError({
      reason: 'LIMIT_EXCEEDED',
      field: 'filter',
      message: `the filter names ${namespaces.length + packages.length} namespaces and packages, the limit is ${FILTER_ENTRIES_MAX}`,
      help: 'watch everything, and choose at your side',
    })
  }
}

function cutOff(): MarketplaceError {
  return new MarketplaceError({
    reason: 'NO_LEADER',
    message: `this node has known no leader for ${LEADERLESS_MS / 1_000} seconds: it may be cut off from the others`,
    help: 'go on at another node, after the last index received',
  })
}
