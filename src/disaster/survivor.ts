import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FileBlobStore } from '../blob/file-blob-store.js'
import { assert } from '../model/assert.js'
import { bytesToHex } from '../model/codec.js'
import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import type { ClusterId, HistoryId, NodeId } from '../model/node-id.js'
import {
  type Configuration,
  decodeConfiguration,
  encodeConfiguration,
  type Member,
} from '../raft/configuration.js'
import type { Entry, SnapshotMark } from '../raft/entry.js'
import { reconcile } from '../raft/recovery.js'
import { readBootId } from '../runtime/boot-id.js'
import { nodeClock } from '../runtime/node-clock.js'
import { NodeFileSystem } from '../runtime/node-file-system.js'
import { nodeRandom } from '../runtime/node-random.js'
import { StateMachine } from '../state/state-machine.js'
import { StateView } from '../state/state-view.js'
import { DataFolder } from '../storage/data-folder.js'
import { LevelFolderLock } from '../storage/level/level-folder-lock.js'
import { LevelStateFolders } from '../storage/level/level-state-folders.js'
import { Wal } from '../storage/wal/wal.js'

/** Digests of missing blobs that are named; all are counted. */
const MISSING_NAMED_MAX = 20
const PAGE_DIGESTS = 1_000

/** What one data folder holds of its cluster: for choosing which of several survivors is to go on. */
export interface Survey {
  readonly nodeId: NodeId
  readonly clusterId: ClusterId
  readonly historyId: HistoryId
  /** Of the newest configuration in its log, this node too. */
  readonly members: readonly NodeId[]
  /** Of the last entry in its log: the survivor with the higher term, then the higher index, has more. */
  readonly lastTerm: number
  readonly lastIndex: number
  /** Up to here it knows for certain what was decided. */
  readonly committedIndex: number
  readonly appliedIndex: number
  readonly packages: number
  readonly versions: number
  /** Blobs that packages refer to and this folder does not hold. */
  readonly blobsMissing: { readonly count: number; readonly first: readonly Digest[] }
}

/**
 * The data folder of a node that is down and has lost the majority for ever.
 *
 * Recovering appends a configuration of this node alone, in a history of its own, to its log. Everything else in the log
 * stays: an entry at its end may have been acknowledged by members that are gone, and none that was can then be lost if this
 * log held it. As the only voter the node commits all of it when it is started.
 */
export class Survivor implements AsyncDisposable {
  private constructor(
    private readonly folder: DataFolder,
    private readonly folders: LevelStateFolders,
    private readonly log: Wal,
    private readonly mark: SnapshotMark,
    private readonly entries: readonly Entry[],
    readonly survey: Survey,
    /** It is the only member, in the history that its folder is of: there is nothing to recover. */
    readonly isAlone: boolean,
  ) {}

  /**
   * Takes the folder's lock and looks at all of it but the bytes of blobs.
   * @throws FILE_INVALID (no such folder, not a node's), FOLDER_LOCKED (the node runs), STORAGE_CORRUPT, STATE_CORRUPT
   */
  static async open(path: string): Promise<Survivor> {
    await checkFolder(path)
    const files = new NodeFileSystem(path)
    const folder = await DataFolder.openFound({
      fileSystem: files,
      lock: new LevelFolderLock(join(path, 'lock')),
      random: nodeRandom,
      processId: process.pid,
      displayPath: path,
    })
    const folders = new LevelStateFolders({ root: path, fileSystem: files })
    let log: Wal | undefined
    try {
      log = await openLog(files)
      const held = await look(path, folder, files, folders, log)
      return new Survivor(folder, folders, log, held.mark, held.entries, held.survey, held.isAlone)
    } catch (error) {
      await log?.[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
      throw error
    }
  }

  /**
   * Makes this node the only member, in another history. Cut off at any moment it can be done again.
   * @throws CLUSTER_MISMATCH where its log does not count this node among the members
   */
  async recoverAlone(historyId: HistoryId): Promise<void> {
    assert(!this.isAlone, 'a survivor that is alone already would begin another history')
    const { lastTerm, lastIndex, nodeId } = this.survey
    if (this.log.recovered.mark.index !== this.mark.index) {
      await this.log.reset(this.mark)
      await this.folders.installed()
    }
    const address = memberAddress(newestConfiguration(this.mark, this.entries), nodeId)
    const configuration: Configuration = {
      clusterId: this.survey.clusterId,
      historyId,
      voters: [{ id: nodeId, address }],
      outgoing: [],
      learners: [],
    }
    const term = Math.max(lastTerm, this.log.recovered.hardState.term) + 1
    const index = lastIndex + 1
    const payload = encodeConfiguration(configuration)
    await this.log.append({ term, vote: undefined, commit: index }, [
      { term, index, type: 'configuration', stampMs: 0, payload },
    ])
    await this.folder.identity.beginHistory(historyId)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.log[Symbol.asyncDispose]()
    await this.folder[Symbol.asyncDispose]()
  }
}

interface Held {
  /** Where the log begins, once it is in step with the state. */
  readonly mark: SnapshotMark
  readonly entries: readonly Entry[]
  readonly survey: Survey
  readonly isAlone: boolean
}

async function look(
  path: string,
  folder: DataFolder,
  files: NodeFileSystem,
  folders: LevelStateFolders,
  log: Wal,
): Promise<Held> {
  const store = await folders.openCurrent()
  try {
    const machine = await StateMachine.open(store)
    const encoded =
      machine.configuration === undefined ? new Uint8Array(0) : encodeConfiguration(machine.configuration)
    const state = { index: machine.appliedIndex, term: machine.appliedTerm, configuration: encoded }
    const reconciled = reconcile(log.recovered, state, await folders.installing())
    if (reconciled.type === 'state-lost')
      throw unusable(path, 'its state is older than the beginning of its log')
    if (reconciled.type === 'log-lost')
      throw unusable(path, 'its log has lost the end that its state holds already')
    const { mark, entries, hardState } = reconciled.recovered
    const last = entries.at(-1) ?? mark
    await using view = StateView.open(store)
    const { packages, versions } = view.stats
    const { clusterId, historyId, nodeId } = folder.identity
    const newest = newestConfiguration(mark, entries)
    const members = allMembers(newest).map(({ id }) => id)
    // A recovery that was cut off left the folder in the history before: it is to be done again.
    const isAlone = newest.historyId === historyId && members.every((id) => id === nodeId)
    const survey = {
      nodeId,
      clusterId,
      historyId,
      members,
      lastTerm: last.term,
      lastIndex: last.index,
      committedIndex: Math.max(hardState.commit, mark.index, state.index),
      appliedIndex: state.index,
      packages,
      versions,
      blobsMissing: await missingBlobs(view, files),
    }
    return { mark, entries, survey, isAlone }
  } finally {
    await store[Symbol.asyncDispose]()
  }
}

async function missingBlobs(view: StateView, files: NodeFileSystem): Promise<Survey['blobsMissing']> {
  await using blobs = await FileBlobStore.open({ files })
  const first: Digest[] = []
  let count = 0
  for (let after: Digest | undefined; ; ) {
    const page = await view.listReferencedBlobs(after, PAGE_DIGESTS)
    for (const { digest, sizeBytes } of page) {
      const info = await blobs.info(digest)
      if (info !== undefined && (sizeBytes === undefined || info.sizeBytes === sizeBytes)) continue
      if (++count <= MISSING_NAMED_MAX) first.push(digest)
    }
    after = page.at(-1)?.digest
    if (page.length < PAGE_DIGESTS) return { count, first }
  }
}

async function openLog(files: NodeFileSystem): Promise<Wal> {
  return await Wal.open({
    fileSystem: files,
    clock: nodeClock,
    random: nodeRandom,
    bootId: await readBootId(),
  })
}

/** A new history: nobody can have met it before. */
export function drawHistoryId(): HistoryId {
  return bytesToHex(nodeRandom.bytes(16)) as HistoryId
}

function newestConfiguration(mark: SnapshotMark, entries: readonly Entry[]): Configuration {
  const newest = entries.findLast((entry) => entry.type === 'configuration')?.payload
  return decodeConfiguration(newest ?? mark.configuration)
}

function allMembers({ voters, outgoing, learners }: Configuration): Member[] {
  return [...new Map([...voters, ...outgoing, ...learners].map((member) => [member.id, member])).values()]
}

function memberAddress(configuration: Configuration, nodeId: NodeId): string {
  const address = allMembers(configuration).find(({ id }) => id === nodeId)?.address
  if (address !== undefined) return address
  throw new MarketplaceError({
    reason: 'CLUSTER_MISMATCH',
    message: `by its own log ${nodeId} is no member of its cluster any more`,
    help: 'recover from the data folder of a member',
  })
}

async function checkFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory() === true) return
  throw new MarketplaceError({
    reason: 'FILE_INVALID',
    field: '--data',
    message: found === undefined ? `there is no folder ${path}` : `${path} is a file, not a folder`,
    help: 'name the data folder of a node that is down',
  })
}

function unusable(path: string, why: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'STORAGE_CORRUPT',
    message: `nothing can be recovered from ${path} alone: ${why}`,
    help: 'recover from the data folder of another survivor, or restore a backup with `ggen-market cluster restore`',
  })
}
