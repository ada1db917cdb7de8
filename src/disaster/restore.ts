import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FileBlobStore } from '../blob/file-blob-store.js'
import { MarketplaceError } from '../model/error.js'
import type { ClusterId, HistoryId, NodeId } from '../model/node-id.js'
import { bootstrapConfiguration, type ClusterSeed } from '../raft/bootstrap.js'
import { type Configuration, encodeConfiguration } from '../raft/configuration.js'
import type { SnapshotMark } from '../raft/entry.js'
import { readBootId } from '../runtime/boot-id.js'
import { makeFolder } from '../runtime/make-folder.js'
import { nodeClock } from '../runtime/node-clock.js'
import { NodeFileSystem } from '../runtime/node-file-system.js'
import { nodeRandom } from '../runtime/node-random.js'
import { readSnapshot } from '../state/snapshot.js'
import { blobsInSnapshot } from '../state/snapshot-blobs.js'
import type { SnapshotHeader } from '../state/snapshot-header.js'
import { StateMachine } from '../state/state-machine.js'
import { FolderIdentity } from '../storage/folder-identity.js'
import { LevelFolderLock } from '../storage/level/level-folder-lock.js'
import { LevelStateFolders } from '../storage/level/level-state-folders.js'
import { Wal } from '../storage/wal/wal.js'
import { BackupFolder, type WholeBackup } from './backup-folder.js'

/** One node of the new cluster. */
export interface RestoreTarget {
  readonly nodeId: NodeId
  /** Absolute; must be empty or not there. */
  readonly dataFolder: string
  /** Of the new cluster, as all its members are told: what they will be started with. */
  readonly seed: ClusterSeed
  /** The same for all members that are restored from this backup, and for nobody else, ever. */
  readonly historyId: HistoryId
}

export interface Restored {
  readonly clusterId: ClusterId
  readonly historyId: HistoryId
  /** Where the new history begins: one above the backup's. */
  readonly index: number
  readonly blobs: { readonly count: number; readonly bytes: number }
}

/**
 * Makes a data folder for a node of a new cluster out of a backup. Each member is prepared alike: the state, then one entry
 * more, which brings the new configuration in the new history, as if the members had agreed on it. Equal backup, members and
 * history give equal states on all of them, without a word between them; they are then started like founders. Request ids,
 * change feed and counters go on, and log indexes continue above the backup's.
 * @throws FILE_INVALID (no backup, folder not empty), VERIFICATION_FAILED (a damaged backup, naming the file), VERSION_UNSUPPORTED;
 *   what was made of the folder is then removed
 */
export async function restore(
  backup: string | WholeBackup,
  target: RestoreTarget,
  onProgress: (blobs: Restored['blobs']) => void = () => {},
): Promise<Restored> {
  const source = typeof backup === 'string' ? await BackupFolder.open(backup) : backup
  const existed = await checkEmpty(target.dataFolder)
  const { dataFolder } = target
  await makeFolder(join(dataFolder, 'lock'))
  const held = await new LevelFolderLock(join(dataFolder, 'lock')).tryAcquire()
  if (held === undefined) throw notEmpty(dataFolder, 'another process uses it')
  try {
    const restored = await fill(source, target, onProgress)
    await held[Symbol.asyncDispose]()
    return restored
  } catch (error) {
    await held[Symbol.asyncDispose]()
    for (const name of await readdir(dataFolder))
      await rm(join(dataFolder, name), { recursive: true, force: true })
    if (!existed) await rm(dataFolder, { recursive: true, force: true })
    throw error
  }
}

async function fill(
  source: WholeBackup,
  { nodeId, dataFolder, seed, historyId }: RestoreTarget,
  onProgress: (blobs: Restored['blobs']) => void,
): Promise<Restored> {
  const files = new NodeFileSystem(dataFolder)
  const configuration = { ...bootstrapConfiguration(seed), historyId }
  const folders = new LevelStateFolders({ root: dataFolder, fileSystem: files })
  const mark = await restoreState(source, folders, configuration)
  const blobs = await restoreBlobs(source, files, onProgress)
  await folders.activateNext()
  const log = await Wal.open({
    fileSystem: files,
    clock: nodeClock,
    random: nodeRandom,
    bootId: await readBootId(),
    bootstrap: {
      hardState: { term: mark.term, vote: undefined, commit: mark.index },
      mark,
      entries: [],
    },
  })
  await log[Symbol.asyncDispose]()
  await folders.installed()
  const { clusterId } = configuration
  // Last: a folder without an identity is refused.
  await FolderIdentity.place(files, { clusterId, historyId, nodeId }, nodeRandom)
  return { clusterId, historyId, index: mark.index, blobs }
}

/** The state of the backup and the entry that begins the new history. */
async function restoreState(
  source: WholeBackup,
  folders: LevelStateFolders,
  configuration: Configuration,
): Promise<SnapshotMark> {
  const { file, sha256 } = source.manifest.state
  const kept = await source.stateFile(file)
  if (kept?.sha256 !== sha256)
    throw damaged(source, file, kept === undefined ? 'it is missing' : `it hashes to ${kept.sha256}`)
  const store = await folders.createNext()
  try {
    const header = await readSnapshot(source.readState(file), store)
    checkHeader(source, header)
    const payload = encodeConfiguration(configuration)
    const index = header.index + 1
    const term = header.term + 1
    const machine = await StateMachine.open(store)
    await machine.land(machine.apply([{ index, term, type: 'configuration', stampMs: 0, payload }]))
    return { index, term, configuration: payload }
  } finally {
    await store[Symbol.asyncDispose]()
  }
}

function checkHeader(source: WholeBackup, header: SnapshotHeader): void {
  const { clusterId, historyId, index, term, state } = source.manifest
  const same =
    header.clusterId === clusterId &&
    header.historyId === historyId &&
    header.index === index &&
    header.term === term
  if (!same) throw damaged(source, state.file, 'it is not what the manifest says')
}

async function restoreBlobs(
  source: WholeBackup,
  files: NodeFileSystem,
  onProgress: (blobs: Restored['blobs']) => void,
): Promise<Restored['blobs']> {
  await using store = await FileBlobStore.open({ files })
  const blobs = { count: 0, bytes: 0 }
  for await (const { digest } of blobsInSnapshot(source.readState(source.manifest.state.file))) {
    const { sizeBytes } = await store
      .write(source.readBlob(digest), { digest })
      .catch((cause: NodeJS.ErrnoException) => {
        const file = `blobs/${digest.slice(0, 2)}/${digest.slice(2)}`
        if (cause.code === 'ENOENT') throw damaged(source, file, 'it is missing')
        if (cause instanceof MarketplaceError && cause.reason === 'HASH_MISMATCH')
          throw damaged(source, file, cause.message)
        throw cause
      })
    blobs.count++
    blobs.bytes += sizeBytes
    onProgress(blobs)
  }
  return blobs
}

/** @returns whether the folder is there. @throws FILE_INVALID where something is in it */
async function checkEmpty(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return false
  if (!found.isDirectory()) throw notEmpty(path, 'it is a file')
  const [first] = await readdir(path)
  if (first !== undefined) throw notEmpty(path, `there is ${first} in it`)
  return true
}

function notEmpty(path: string, why: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'FILE_INVALID',
    field: '--data',
    message: `${path} is no empty folder: ${why}`,
    help: 'a restore makes a new data folder; name one that does not exist yet, or move this one away',
  })
}

function damaged(source: BackupFolder, file: string, what: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'VERIFICATION_FAILED',
    field: file,
    message: `the backup ${source.called} is damaged: ${file}: ${what}`,
    help: '`ggen-market cluster backup --check` lists all that is wrong; restore from another copy of it',
    details: { file },
  })
}
