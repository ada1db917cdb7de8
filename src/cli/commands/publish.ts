import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { inspectArchive } from '../../archive/inspect.js'
import {
  MANIFEST_NAMES,
  type Manifest,
  type ManifestName,
  toMetadata,
  UNRESOLVABLE,
} from '../../archive/manifest.js'
import { packArchive, readPackageFolder } from '../../archive/package-folder.js'
import { fitReadme } from '../../archive/readme.js'
import type { MarketplaceClient, PublishReceipt } from '../../client/marketplace-client.js'
import type { Content } from '../../client/publish-call.js'
import { MarketplaceError } from '../../model/error.js'
import { LIMITS } from '../../model/limit.js'
import { formatPackageId, packageKey } from '../../model/package-id.js'
import type { Signer } from '../../trust/signer.js'
import type { CommandContext } from '../command-context.js'
import type { Output } from '../output.js'
import { formatBytes, startProgress } from '../progress.js'
import { noteResemblance, shownResemblance } from '../resemblance.js'
import { sha256Of } from '../sha256.js'
import { shownHash, shownId } from '../shown-version.js'

export interface PublishOptions {
  readonly key?: string
  readonly manifest?: string
  readonly dryRun?: boolean
}

/** What is about to be published, ready to be read. */
interface Prepared extends AsyncDisposable {
  readonly manifest: Manifest
  readonly readme: Uint8Array | undefined
  readonly content: Content
}

/** `ggen-market publish [PATH]` */
export async function publish(context: CommandContext, path: string, options: PublishOptions): Promise<void> {
  const { output, surroundings } = context
  const absolute = resolve(surroundings.workFolder, path)
  await using prepared = await prepare(absolute, manifestName(options.manifest), output)
  refusePrivate(prepared.manifest)
  if (options.dryRun === true) return tellWhatWouldBe(prepared, output)
  const receipt = await context.withClient(async (client) => {
    const key = await context.signingKey(options.key, { make: true })
    return publishPrepared(client, prepared, key.signer, output)
  })
  const id = formatPackageId(receipt.id)
  noteResemblance(output, receipt.id, receipt.resembles)
  const size = formatBytes(prepared.content.sizeBytes)
  output.result(
    {
      id: shownId(receipt.id),
      ...shownHash(receipt.contentHash),
      index: receipt.index,
      created: receipt.created,
      ...shownResemblance(receipt.resembles),
    },
    [
      receipt.created
        ? `published ${id} (${size})`
        : `${id} was published before with the same content; nothing changed`,
      `sha256 ${prepared.content.sha256}, log index ${receipt.index}`,
    ],
  )
}

/** Reads what was packed as the registry would. @throws ARCHIVE_INVALID, MANIFEST_MISMATCH, LIMIT_EXCEEDED */
async function tellWhatWouldBe({ manifest, readme, content }: Prepared, output: Output): Promise<void> {
  const metadata = toMetadata(manifest, readme && sha256Of(readme))
  const { digests } = await inspectArchive(content.read())
  output.result(
    {
      id: shownId(metadata.id),
      ...shownHash({ algorithm: 'sha256', digest: digests.sha256 }),
      sizeBytes: content.sizeBytes,
      manifest: manifest.file,
      dryRun: true,
    },
    [
      `would publish ${formatPackageId(metadata.id)} (${formatBytes(content.sizeBytes)}), as ${manifest.file} says; nothing was sent`,
      `sha256 ${digests.sha256}`,
    ],
  )
}

async function publishPrepared(
  client: MarketplaceClient,
  { manifest, readme, content }: Prepared,
  signer: Signer,
  output: Output,
): Promise<PublishReceipt> {
  const metadata = toMetadata(manifest, readme && sha256Of(readme))
  const progress = startProgress(output, formatPackageId(metadata.id), content.sizeBytes, 'bytes')
  try {
    return await client.publish({ metadata, readme, signers: [signer] }, content, {
      onProgress: (sent) => progress.update(sent),
    })
  } finally {
    progress.stop()
  }
}

async function prepare(path: string, manifest: ManifestName | undefined, output: Output): Promise<Prepared> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new MarketplaceError({
      reason: 'FILE_INVALID',
      field: path,
      message: `there is no ${path}`,
      help: `name a folder with one of ${MANIFEST_NAMES.join(', ')} in it, or a packed .tar.gz`,
      cause,
    })
  })
  if (found.isFile()) {
    if (MANIFEST_NAMES.some((name) => name === basename(path))) throw manifestNamed(path)
    return prepareArchive(path, found.size)
  }
  const folder = await readPackageFolder(path, manifest === undefined ? {} : { manifest })
  for (const each of folder.skipped) output.note(`left out ${join(path, each)}: packages hold files only`)
  if (folder.readme?.cut)
    output.note(`the readme is kept up to ${formatBytes(LIMITS.readmeBytesMax)}; the archive has it whole`)
  const archive = await packArchive(folder.files)
  return {
    manifest: folder.manifest,
    readme: folder.readme?.bytes,
    content: archive,
    [Symbol.asyncDispose]: () => archive[Symbol.asyncDispose](),
  }
}

/** @throws FILE_INVALID */
function refusePrivate({ file, keptPrivate, metadata }: Manifest): void {
  if (keptPrivate === undefined) return
  throw new MarketplaceError({
    reason: 'FILE_INVALID',
    field: file,
    message: `${formatPackageId(metadata.id)} is not to be published: its ${file} says ${keptPrivate}`,
    help: `take that line out of ${file} if it is; or publish another folder`,
  })
}

function manifestNamed(path: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: 'PATH',
    message: `${path} is a manifest; what is published is the folder around it`,
    help: `ggen-market publish ${dirname(path)} --manifest ${basename(path)}`,
  })
}

/** A packed archive is published as it is, to the byte. */
async function prepareArchive(path: string, sizeBytes: number): Promise<Prepared> {
  const read = () => createReadStream(path, { highWaterMark: LIMITS.chunkBytesMin })
  const report = await inspectArchive(read())
  const unclear = report.manifest.metadata.dependencies.find((each) => each.requirement === UNRESOLVABLE)
  if (unclear !== undefined || report.manifest.dropped.length > 0) {
    const name = unclear === undefined ? report.manifest.dropped[0] : packageKey(unclear)
    throw new MarketplaceError({
      reason: 'INVALID_REQUIREMENT',
      field: `${report.manifest.file}: dependencies.${name}`,
      message: `dependency ${name} names no range of versions of a package`,
      help: 'name a range such as ^1.2.0 and pack again',
    })
  }
  return {
    manifest: report.manifest,
    readme: report.readme && fitReadme(report.readme).bytes,
    content: { sha256: report.digests.sha256, sizeBytes, read },
    [Symbol.asyncDispose]: async () => {},
  }
}

function manifestName(text: string | undefined): ManifestName | undefined {
  if (text === undefined) return undefined
  const name = MANIFEST_NAMES.find((each) => each === text)
  if (name !== undefined) return name
  throw new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: '--manifest',
    message: `--manifest ${JSON.stringify(text)} is not known`,
    help: `name one of ${MANIFEST_NAMES.join(', ')}`,
  })
}
