import { createHash } from 'node:crypto'
import { packTarGz } from '../../src/archive/tar-writer.js'
import { bytesToHex } from '../../src/model/codec.js'
import type { RequestId } from '../../src/model/command.js'
import { type Digest, sha256Hash } from '../../src/model/content-hash.js'
import type { Dependency, PackageMetadata } from '../../src/model/metadata.js'
import type { ClusterId } from '../../src/model/node-id.js'
import { type PackageId, packageKey, parsePackageId } from '../../src/model/package-id.js'
import type { SignedChange } from '../../src/registry/change.js'
import type { VersionWithContent } from '../../src/registry/publish.js'
import type { SignedVersion } from '../../src/registry/register.js'
import { nodeRandom } from '../../src/runtime/node-random.js'
import { changeForm, publishForm } from '../../src/trust/signed-form.js'
import { Ed25519Signer } from '../../src/trust/signer.js'

export const anna = Ed25519Signer.fromSeed(new Uint8Array(32).fill(1))
export const berta = Ed25519Signer.fromSeed(new Uint8Array(32).fill(2))

export function sha256(bytes: Uint8Array | string): Digest {
  return createHash('sha256').update(bytes).digest('hex') as Digest
}

export function newRequestId(): RequestId {
  return bytesToHex(nodeRandom.bytes(16)) as RequestId
}

export function metadataOf(id: string, parts: Partial<PackageMetadata> = {}): PackageMetadata {
  return {
    id: parsePackageId(id),
    kind: 'library',
    authors: [],
    keywords: [],
    categories: [],
    capabilities: [],
    dependencies: [],
    ...parts,
  }
}

/** A metadata-only version, signed. */
export function signedVersion(
  metadata: PackageMetadata,
  parts: Partial<SignedVersion> = {},
  signer = anna,
): SignedVersion {
  return {
    metadata,
    signatures: [signer.sign(publishForm(metadata, parts.contentHash))],
    publicKeys: [signer.publicKey],
    readme: new Uint8Array(0),
    ...parts,
  }
}

/** A package's archive with a package.toml that says what the metadata says. */
export async function archiveOf(
  metadata: PackageMetadata,
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<Uint8Array> {
  const all = { 'package.toml': manifestOf(metadata), ...files }
  const packed = Object.entries(all).map(([name, content]) => {
    const bytes = Buffer.from(content)
    return {
      path: `package/${name}`,
      sizeBytes: bytes.length,
      executable: false,
      async *read() {
        yield bytes
      },
    }
  })
  const chunks: Uint8Array[] = []
  for await (const chunk of packTarGz(packed)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

export function signedPublish(
  metadata: PackageMetadata,
  archive: Uint8Array,
  parts: Partial<VersionWithContent> = {},
  signer = anna,
): VersionWithContent {
  const contentHash = parts.contentHash ?? sha256Hash(sha256(archive))
  return {
    ...signedVersion(metadata, { contentHash }, signer),
    contentHash,
    sizeBytes: archive.length,
    ...parts,
  }
}

export function signedChange(
  action: SignedChange['action'],
  id: PackageId,
  clusterId: ClusterId,
  parts: { text?: string; signedAtMs?: number; requestId?: RequestId } = {},
  signer = anna,
): SignedChange {
  const requestId = parts.requestId ?? newRequestId()
  const signedAtMs = parts.signedAtMs ?? Date.now()
  const { text } = parts
  const signature = signer.sign(changeForm({ action, id, text, clusterId, requestId, signedAtMs }))
  return { action, id, text, signedAtMs, signature, publicKey: signer.publicKey, requestId }
}

export async function* inChunks(bytes: Uint8Array, chunkBytes = 64 * 1024): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}

function manifestOf(metadata: PackageMetadata): string {
  const { id } = metadata
  const lines = ['[package]', `name = ${JSON.stringify(id.name)}`, `version = ${JSON.stringify(id.version)}`]
  if (id.namespace !== undefined) lines.push(`namespace = ${JSON.stringify(id.namespace)}`)
  lines.push(`kind = ${JSON.stringify(metadata.kind)}`)
  if (metadata.description !== undefined) lines.push(`description = ${JSON.stringify(metadata.description)}`)
  lines.push('[dependencies]', ...metadata.dependencies.map(dependencyLine))
  return `${lines.join('\n')}\n`
}

function dependencyLine(dependency: Dependency): string {
  return `${JSON.stringify(packageKey(dependency))} = ${JSON.stringify(dependency.requirement)}`
}
