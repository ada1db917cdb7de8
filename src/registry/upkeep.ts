import type { BlobInfo } from '../blob/blob-store.js'
import type { GarbageReport } from '../blob/garbage-collector.js'
import type { ContentHash } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import { requireBlob } from './content.js'
import type { CallOptions, RegistryContext } from './ports.js'
import { openView } from './read-view.js'

/**
 * Removes a blob that nothing refers to and that nobody was promised any more, here and at the other voters, as far as they can
 * be asked; the others do so by themselves. Not there is success.
 * @throws BLOB_REFERENCED where a version names it or a promise to keep it runs
 * @returns the log index that the judgement reflects
 */
export async function deleteBlob(
  context: RegistryContext,
  { digest }: ContentHash,
  options: CallOptions = {},
): Promise<number> {
  const index = await (async () => {
    await using view = await openView(context, {}, options)
    if (view.isReferenced(digest)) throw referenced(digest, 'a version names it')
    return view.appliedIndex
  })()
  const kept = await context.garbage.collectEverywhere(digest)
  const use = kept.find(({ collected }) => collected.state === 'referenced')
  if (use !== undefined) throw referenced(digest, `a version names it, says ${use.node}`)
  const ends = kept.flatMap(({ collected }) => (collected.state === 'leased' ? [collected.untilMs] : []))
  if (ends.length > 0) {
    const until = new Date(Math.max(...ends)).toISOString()
    throw referenced(digest, `whoever uploaded it was promised it until ${until}`, { leaseEnd: until })
  }
  return index
}

/**
 * Sees to it that a member holds a blob.
 * @throws MEMBER_UNKNOWN, BLOB_NOT_FOUND, UNREACHABLE, STORAGE_FAILED
 */
export async function copyBlob(
  context: RegistryContext,
  { digest }: ContentHash,
  member: string,
): Promise<{ readonly index: number; readonly info: BlobInfo }> {
  const { configuration } = context.state.status().raft
  const members = [...configuration.voters, ...configuration.outgoing, ...configuration.learners]
  const known = members.find(({ id }) => id === member)
  if (known === undefined) throw unknownMember(member, [...new Set(members.map(({ id }) => id))])
  const info = await context.blobs.copyTo(digest, known.id)
  return { index: context.state.status().appliedIndex, info }
}

/**
 * Sees to it that a store of this node's settings holds a blob.
 * @throws STORE_UNKNOWN, BLOB_NOT_FOUND, STORAGE_FAILED
 */
export async function copyBlobToStore(
  { blobs, stores, state }: RegistryContext,
  contentHash: ContentHash,
  store: string,
): Promise<{ readonly index: number; readonly info: BlobInfo }> {
  const info = requireBlob(await blobs.info(contentHash.digest), contentHash)
  await stores.copy(store, info, async () => (await blobs.read(info.digest)).body)
  return { index: state.status().appliedIndex, info }
}

/** Removes every blob of this node that may go, now. */
export async function compactBlobs(
  context: RegistryContext,
): Promise<GarbageReport & { readonly index: number }> {
  const report = await context.garbage.run()
  return { ...report, index: context.state.status().appliedIndex }
}

function referenced(
  digest: ContentHash['digest'],
  why: string,
  details: Readonly<Record<string, string>> = {},
): MarketplaceError {
  return new MarketplaceError({
    reason: 'BLOB_REFERENCED',
    field: 'content_hash',
    message: `the blob ${digest} is not removed: ${why}`,
    help: 'what nothing refers to any more goes by itself once its lease is over',
    details,
  })
}

function unknownMember(member: string, known: readonly NodeId[]): MarketplaceError {
  return new MarketplaceError({
    reason: 'MEMBER_UNKNOWN',
    field: 'node_id',
    message: `${JSON.stringify(member.slice(0, 100))} is no member of this cluster`,
    help: `name one of ${known.join(', ')}; an address or URL is no target`,
  })
}
