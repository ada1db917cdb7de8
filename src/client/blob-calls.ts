import type { Reflected } from '../interface/answer.js'
import type { ContentHash } from '../model/content-hash.js'
import type { Received } from '../wire/message.js'
import { contentHashToMessage } from '../wire/package-id-message.js'
import type { Caller } from './caller.js'

/** What a node's look for garbage came to. */
export interface CompactReceipt extends Reflected {
  readonly nodeId: string
  readonly examined: number
  readonly removed: number
  readonly removedBytes: number
  /** What nothing refers to and whose lease is not over. */
  readonly leased: number
}

/** Upkeep of the bytes of packages on the nodes of a cluster; `client.blobs`. */
export class BlobCalls {
  constructor(private readonly cluster: () => Promise<Caller>) {}

  /** Removes a blob that nothing needs, wherever it is. @throws BLOB_REFERENCED where a version names it or its lease runs */
  async delete(contentHash: ContentHash): Promise<Reflected> {
    const request = { contentHash: contentHashToMessage(contentHash) }
    const { index, historyId } = await (await this.cluster()).unary<Received<'DeleteResponse'>>(
      'write',
      ({ store }, ...rest) => store.delete(request, ...rest),
    )
    return { index, historyId }
  }

  /**
   * Sees to it that a member, named by its id, holds a blob; or a store: a folder that the settings of the node which answers name.
   * @throws MEMBER_UNKNOWN, STORE_UNKNOWN, BLOB_NOT_FOUND, STORAGE_FAILED
   */
  async copyTo(
    contentHash: ContentHash,
    target: string | { readonly store: string },
  ): Promise<Reflected & { readonly sizeBytes: number }> {
    const where = typeof target === 'string' ? { nodeId: target } : target
    const request = { contentHash: contentHashToMessage(contentHash), ...where }
    const { index, historyId, sizeBytes } = await (await this.cluster()).unary<Received<'CopyToResponse'>>(
      'write',
      ({ store }, ...rest) => store.copyTo(request, ...rest),
    )
    return { index, historyId, sizeBytes }
  }

  /** Removes what nothing refers to any more from the node that answers. */
  async compact(): Promise<CompactReceipt> {
    const answer = await (await this.cluster()).unary<Received<'CompactResponse'>>(
      'write',
      ({ store }, ...rest) => store.compact({}, ...rest),
    )
    const { index, historyId, nodeId, examined, removed, removedBytes, leased } = answer
    return { index, historyId, nodeId, examined, removed, removedBytes, leased }
  }
}
