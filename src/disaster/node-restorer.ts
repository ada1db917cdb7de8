import { rm } from 'node:fs/promises'
import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import type { ClusterSeed } from '../raft/bootstrap.js'
import { BackupFolder } from './backup-folder.js'
import type { BackupManifest } from './backup-manifest.js'
import { type Restored, restore } from './restore.js'
import { commitRestored, makingFolder } from './restored-folder.js'
import { drawHistoryId } from './survivor.js'
import { checkState } from './take-backup.js'

/** How a backup is called that has no folder of its own. */
const SENT = 'that was sent'

/** A backup as somebody sends it: the state is read to its end first, then each blob to its own. */
export interface SentBackup {
  readonly header: Pick<BackupManifest, 'clusterId' | 'historyId' | 'index' | 'term' | 'logTimeMs'> & {
    readonly nodeId: string
  }
  readonly state: AsyncIterable<Uint8Array>
  readonly blobs: AsyncIterable<{ readonly digest: Digest; readonly body: AsyncIterable<Uint8Array> }>
}

/** The node whose folder it is. */
export interface RestoringNode {
  readonly nodeId: NodeId
  /** Absolute. */
  readonly dataFolder: string
  /** What it will be started with: itself as the only member. */
  readonly seed: ClusterSeed
  /** @param consistency stale once it has ended @throws where something is there that must stay */
  checkFresh(consistency: 'linearizable' | 'stale'): Promise<void>
  /** Acknowledges nothing from then on; all that it did acknowledge can be seen. */
  end(): Promise<void>
  /** Closes the folder and opens it again, some time after this call. */
  reopen(): void
}

/**
 * Restores into a node that runs. What is sent lies beside the node's own data until all of it is there, checked, and the node it will be
 * is made of it as by a restore at rest. Only then does the node end; it is looked at once more, and one rename decides. The rest is
 * done when the folder is opened again (`restored-folder.ts`).
 */
export class NodeRestorer {
  #running: Promise<unknown> | undefined
  #stopped = false

  /** @param node undefined, or why nothing may be restored into this one */
  constructor(private readonly node: RestoringNode | MarketplaceError) {}

  /** One at a time. @throws RESTORE_REFUSED, VERIFICATION_FAILED, STATE_CORRUPT, HASH_MISMATCH, STORAGE_FAILED, SHUTTING_DOWN */
  async run(backup: SentBackup): Promise<Restored> {
    const running = this.#run(backup)
    this.#running = running.catch(() => {})
    return await running
  }

  /** Resolves once nothing of it is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  async #run(backup: SentBackup): Promise<Restored> {
    const { node } = this
    if (node instanceof MarketplaceError) throw node
    await node.checkFresh('linearizable')
    const { nodeId, seed, dataFolder } = node
    const making = makingFolder(dataFolder)
    try {
      await rm(making.root, { recursive: true, force: true })
      await receive(backup, making.backup)
      this.#checkWanted()
      const source = await BackupFolder.open(making.backup, SENT)
      const target = { nodeId, seed, dataFolder: making.data, historyId: drawHistoryId() }
      const restored = await restore(source, target, () => this.#checkWanted())
      await rm(making.backup, { recursive: true, force: true })
      await this.#commit(node)
      return restored
    } catch (error) {
      await rm(making.root, { recursive: true, force: true }).catch(() => {})
      throw ofThisDisk(error)
    }
  }

  async #commit(node: RestoringNode): Promise<void> {
    this.#checkWanted()
    await node.end()
    try {
      await node.checkFresh('stale')
      await commitRestored(node.dataFolder)
    } finally {
      node.reopen()
    }
  }

  #checkWanted(): void {
    if (!this.#stopped) return
    throw new MarketplaceError({
      reason: 'SHUTTING_DOWN',
      message: 'this node was stopped while something was restored into it',
      help: 'nothing was changed; start it, and send all of it again',
    })
  }
}

/** Into a backup's folder, as `cluster backup` makes one. */
async function receive({ header, state, blobs }: SentBackup, path: string): Promise<void> {
  const folder = await BackupFolder.openOrMake(path)
  const { clusterId, historyId, index, term, logTimeMs } = header
  const kept = await folder.writeState(historyId, index, state, (written) => checkState(written, header))
  const all = { count: 0, bytes: 0 }
  for await (const { digest, body } of blobs) {
    const { sha256, sizeBytes } = await folder.writeBlob(digest, body)
    if (sha256 !== digest) throw otherBytes(digest, sha256)
    all.count++
    all.bytes += sizeBytes
  }
  await folder.complete({ clusterId, historyId, index, term, logTimeMs, state: kept, blobs: all })
}

/** What a full or failing disk is to whoever has a backup there is a trouble of the node's here. */
function ofThisDisk(error: unknown): unknown {
  if (!(error instanceof MarketplaceError) || error.reason !== 'FILE_INVALID') return error
  const { message, help } = error
  return new MarketplaceError({ reason: 'STORAGE_FAILED', message, help, cause: error })
}

function otherBytes(digest: Digest, sha256: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'HASH_MISMATCH',
    field: 'blob_sha256',
    message: `what was sent as blob ${digest} hashes to ${sha256}`,
    help: 'nothing was changed; send the bytes as Download gave them',
    details: { declared: digest, computed: sha256 },
  })
}
