import { createReadStream } from 'node:fs'
import { relative } from 'node:path'
import type { MarketplaceClient, Reflected } from '../client/marketplace-client.js'
import { verifyVersion } from '../client/verify-version.js'
import { MarketplaceError } from '../model/error.js'
import type { KeyId } from '../model/metadata.js'
import {
  foldName,
  formatPackageId,
  type PackageId,
  type PackageRef,
  packageKey,
} from '../model/package-id.js'
import { versionIdentity } from '../model/version.js'
import { OpensslVerifier } from '../trust/openssl-verifier.js'
import { fetchArchive } from './fetch-archive.js'
import type { Installation } from './installation.js'
import type { Layout } from './layout.js'
import type { Lock, LockedPackage } from './lock-file.js'
import type { Reporter } from './reporter.js'
import type { Staging } from './staging.js'

export interface Installed extends Reflected {
  readonly locked: LockedPackage
  /** Relative to the installation. */
  readonly path: string
}

/** Where and with what versions are installed. */
export interface Installing {
  readonly client: MarketplaceClient
  readonly place: Installation
  readonly staging: Staging
  /** Where everything will lie. */
  readonly layout: Layout
  readonly reporter: Reporter
  /** Is shown every answer of the registry before it is believed. */
  readonly met: (answer: Reflected) => void
}

/** Kinds of dependencies that matter to whoever uses a package. */
const LOCKED_KINDS: ReadonlySet<string> = new Set(['normal', 'peer', 'optional'])

/**
 * Makes one version ready to be put in place: signatures checked over what the registry says, bytes hashed before they are unpacked.
 * @param lock what is installed, and made ready, so far
 * @param expected what the lock says of this very version, if anything
 * @throws VERIFICATION_FAILED, NO_CONTENT, ARCHIVE_INVALID
 */
export async function stageVersion(
  { client, place, staging, layout, reporter, met }: Installing,
  lock: Lock,
  id: PackageId,
  expected?: LockedPackage,
): Promise<Installed> {
  const answer = await client.get(id)
  met(answer)
  const { version } = answer
  const { metadata, content } = version
  if (!isSameVersion(metadata.id, id)) {
    throw new MarketplaceError({
      reason: 'VERIFICATION_FAILED',
      message: `the registry was asked for ${formatPackageId(id)} and answered with ${formatPackageId(metadata.id)}`,
      help: 'nothing was installed; tell the operator of the registry',
    })
  }
  const keyIds = verifyVersion(version, answer.publicKeys, new OpensslVerifier(), pinnedKeys(lock, id))
  if (content === undefined) {
    throw new MarketplaceError({
      reason: 'NO_CONTENT',
      message: `${formatPackageId(metadata.id)} is a metadata-only version: there is nothing to install`,
      help: `\`ggen-market info ${packageKey(id)} --versions\` shows the others`,
    })
  }
  if (expected !== undefined && expected.contentHash.digest !== content.sha256) {
    throw new MarketplaceError({
      reason: 'VERIFICATION_FAILED',
      message: `${formatPackageId(id)} has sha256 ${content.sha256}; ggen-market.lock says ${expected.contentHash.digest}`,
      help: 'a version never changes: this is another registry, or a tampered one',
      details: { expected: expected.contentHash.digest, actual: content.sha256 },
    })
  }
  const folder = layout.folderOf(metadata.id)
  const progress = reporter.fetching(formatPackageId(metadata.id), content.sizeBytes)
  try {
    const { sha256, sizeBytes } = content
    const archive = await staging.archive(sha256)
    await fetchArchive(client, { id: metadata.id, sha256, sizeBytes }, archive, (received) =>
      progress.update(received),
    )
    await staging.unpack(createReadStream(archive), folder, sha256)
  } finally {
    progress.stop()
  }
  if (expected === undefined) reporter.resembles(metadata.id, answer.resembles)
  if (version.deprecated !== undefined)
    reporter.note(`warning: ${formatPackageId(metadata.id)} is deprecated: ${version.deprecated}`)
  return {
    locked: {
      id: metadata.id,
      contentHash: { algorithm: 'sha256', digest: content.sha256 },
      keyIds,
      dependencies: metadata.dependencies.filter((each) => LOCKED_KINDS.has(each.kind)),
    },
    path: relative(place.folder, folder),
    index: answer.index,
    historyId: answer.historyId,
  }
}

/** The keys under which a project has known a package so far. */
function pinnedKeys(lock: Lock, ref: PackageRef): readonly KeyId[] | undefined {
  return lock.packages.find((each) => packageKey(each.id) === packageKey(ref))?.keyIds
}

function isSameVersion(a: PackageId, b: PackageId): boolean {
  return (
    foldName(packageKey(a)) === foldName(packageKey(b)) &&
    versionIdentity(a.version) === versionIdentity(b.version)
  )
}
