import { assert } from '../model/assert.js'
import { bytesToHex } from '../model/codec.js'
import type { RegisterCommand, RequestId } from '../model/command.js'
import type { ContentHash } from '../model/content-hash.js'
import type { ContentDigests } from '../model/metadata.js'
import type { PackageId, PackageRef } from '../model/package-id.js'
import type { SignedVersion } from '../model/signed-write.js'
import type { Random } from '../runtime/random.js'
import { type CommandResult, refusalError } from '../state/command-result.js'
import { isAboutCopies } from '../state/holders.js'
import { checkQuota } from '../state/quota.js'
import type { StateView } from '../state/state-view.js'
import { type PublishClaims, type PublishVerdict, publishClaims } from '../trust/admission.js'
import { checkMetadata } from './admission.js'
import { inspectPackage } from './inspect-package.js'
import type { CallOptions, RegistryContext, ReplicatedBlob } from './ports.js'
import { checkReadme, storeReadme } from './readme.js'

export type { SignedVersion } from '../model/signed-write.js'

/** How often a version is proposed whose copies were not where the members in force are. A change of members has two steps. */
const COPIES_TRIES_MAX = 4

export interface Registered {
  /** Log index of the publish that made the version. */
  readonly index: number
  readonly id: PackageId
  readonly contentHash?: ContentHash | undefined
  /** False where the same content was there already. */
  readonly created: boolean
  /** Popular packages of others that a new package is called almost like. */
  readonly resembles: readonly PackageRef[]
}

/**
 * Makes one version of metadata alone, or of content that was uploaded before.
 * @throws what {@link admit} throws; BLOB_MISSING, ARCHIVE_INVALID, MANIFEST_MISMATCH; the state's refusals
 */
export async function register(
  context: RegistryContext,
  version: SignedVersion,
  options: CallOptions = {},
): Promise<Registered> {
  return registerAdmitted(context, version, admit(context, version), options)
}

/**
 * The same, of a version that was admitted.
 * @throws BLOB_MISSING, ARCHIVE_INVALID, MANIFEST_MISMATCH; the state's refusals
 */
export async function registerAdmitted(
  context: RegistryContext,
  version: SignedVersion,
  verdict: PublishVerdict,
  options: CallOptions = {},
): Promise<Registered> {
  const { metadata, contentHash } = version
  if (contentHash === undefined && metadata.readmeSha256 === undefined)
    return proposeVersion(context, version, verdict, undefined, [], options)
  await turnAway(context, version, verdict, 0)
  const readme = await storeReadme(context, metadata, version.readme)
  if (contentHash === undefined)
    return proposeVersion(context, version, verdict, undefined, blobsOf(readme), options)
  const content = await context.blobs.ensure(contentHash.digest)
  const { body } = await context.blobs.read(contentHash.digest)
  const digests = await inspectPackage(body, metadata, contentHash.digest)
  return proposeVersion(context, version, verdict, digests, blobsOf(content, readme), options)
}

/**
 * Everything that can be said of a version before its bytes: what it claims, and that those who sign did sign it.
 * @throws LIMIT_EXCEEDED, INVALID_ARGUMENT, INVALID_REQUIREMENT, SELF_DEPENDENCY, HASH_MISMATCH, SIGNATURE_MISSING, SIGNATURE_INVALID
 */
export function admit(context: Pick<RegistryContext, 'verifier'>, version: SignedVersion): PublishVerdict {
  const { claims, verdict } = look(version)
  for (const claim of claims)
    if (!context.verifier.verify(claim.publicKey, claim.bytes, claim.signature)) throw claim.refusal()
  return verdict
}

/** The same for one of many: where there are other threads, they do the arithmetic of the signatures. */
export async function admitAside(
  context: Pick<RegistryContext, 'verifier'>,
  version: SignedVersion,
): Promise<PublishVerdict> {
  const { verifier } = context
  if (verifier.verifyAside === undefined) return admit(context, version)
  const { claims, verdict } = look(version)
  for (const claim of claims)
    if (!(await verifier.verifyAside(claim.publicKey, claim.bytes, claim.signature))) throw claim.refusal()
  return verdict
}

function look({ metadata, contentHash, signatures, publicKeys, readme }: SignedVersion): PublishClaims {
  checkMetadata(metadata)
  checkReadme(metadata, readme)
  return publishClaims({ metadata, contentHash, signatures, publicKeys })
}

/**
 * Turns away before bytes are taken, by what this node knows: strangers, and what its namespace has no room for. Claims are for
 * ever, so an old view errs on the side of letting through; a quota may have been raised, so that is asked for again before
 * anybody is turned away by it. Apply judges in any case.
 * @param sizeBytes of the content, as far as it is known
 * @throws NOT_OWNER, SIGNATURE_INVALID, QUOTA_EXCEEDED
 */
export async function turnAway(
  context: Pick<RegistryContext, 'state'>,
  version: SignedVersion,
  verdict: PublishVerdict,
  sizeBytes: number,
): Promise<void> {
  const { id } = version.metadata
  const lacksRoom = (view: StateView) =>
    view.version(id) === undefined ? checkQuota(view.namespaceUse(id.namespace), sizeBytes) : undefined
  let full: boolean
  {
    await using view = await context.state.view({ consistency: 'stale' })
    const refusal = view.ownershipRefusal(id, verdict.verifiedKeys)
    if (refusal !== undefined) throw refusalError(refusal)
    full = lacksRoom(view) !== undefined
  }
  if (!full) return
  await using newest = await context.state.view()
  const refusal = lacksRoom(newest)
  if (refusal !== undefined) throw refusalError(refusal)
}

/**
 * Proposes the command and waits for what it came to. The blobs are on a majority by now.
 * @throws NO_QUORUM, NOT_PROPOSED, OUTCOME_UNKNOWN, OVERLOADED; the state's refusals
 */
export async function proposeVersion(
  context: Pick<RegistryContext, 'state' | 'random' | 'blobs' | 'lookAlikes'>,
  version: SignedVersion,
  verdict: PublishVerdict,
  content: ContentDigests | undefined,
  blobs: readonly ReplicatedBlob[],
  options: CallOptions,
): Promise<Registered> {
  const request = {
    type: 'register',
    requestId: version.requestId ?? makeRequestId(context.random),
    metadata: version.metadata,
    signatures: version.signatures,
    verifiedKeys: verdict.verifiedKeys,
    signedFormSha256: verdict.signedFormSha256,
    content,
  } as const
  let result: CommandResult
  for (let tries = 1; ; tries++) {
    // Where the members changed between the copies and the log, the copies are brought to those who decide now.
    const copies = tries === 1 ? blobs : blobs.map((blob) => ({ ...blob, holders: [] }))
    const held = copies.length === 0 ? { holders: [], leaseEndMs: 0 } : await context.blobs.together(copies)
    const command: RegisterCommand = { ...request, ...held }
    result = (await context.state.propose(command, { deadlineMs: options.deadlineMs })).result
    if (!isAboutCopies(result) || tries === COPIES_TRIES_MAX) break
  }
  if (result.type === 'refused') throw refusalError(result)
  assert(result.type === 'registered', () => `a register ended in ${result.type}`)
  return {
    index: result.index,
    id: result.id,
    contentHash: version.contentHash,
    created: result.created,
    resembles: result.created ? await resembledByNew(context, result.id, result.index) : [],
  }
}

/** Asked for the first version of a package only. */
async function resembledByNew(
  { state, lookAlikes }: Pick<RegistryContext, 'state' | 'lookAlikes'>,
  id: PackageId,
  index: number,
): Promise<readonly PackageRef[]> {
  if (!(await lookAlikes.mayResemble(id))) return []
  await using view = await state.view({ consistency: 'stale', minIndex: index })
  return view.versions(id)?.length === 1 ? await lookAlikes.resembledBy(view, id) : []
}

export function blobsOf(...blobs: readonly (ReplicatedBlob | undefined)[]): ReplicatedBlob[] {
  return blobs.filter((blob) => blob !== undefined)
}

/** For a caller that sent none. */
export function makeRequestId(random: Random): RequestId {
  return bytesToHex(random.bytes(16)) as RequestId
}
