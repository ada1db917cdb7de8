import { createHash, randomBytes } from 'node:crypto'
import { packTarGz } from '../../src/archive/tar-writer.js'
import type { Content } from '../../src/client/publish-call.js'
import { toDigest } from '../../src/model/content-hash.js'
import type { PackageMetadata } from '../../src/model/metadata.js'
import { formatPackageId, parsePackageId } from '../../src/model/package-id.js'
import { Ed25519Signer } from '../../src/trust/signer.js'

export function newSigner(): Ed25519Signer {
  return Ed25519Signer.fromSeed(randomBytes(32))
}

export interface PackageFixture {
  readonly metadata: PackageMetadata
  readonly content: Content
  readonly bytes: Uint8Array
}

/** A real package around a payload: the manifest inside agrees with the metadata. */
export async function packageFixture(
  id: string,
  payload: Uint8Array = new Uint8Array([1, 2, 3]),
): Promise<PackageFixture> {
  const parsed = parsePackageId(id)
  const manifest = [
    '[package]',
    ...(parsed.namespace === undefined ? [] : [`namespace = "${parsed.namespace}"`]),
    `name = "${parsed.name}"`,
    `version = "${parsed.version}"`,
    `description = "${formatPackageId(parsed)} for a test"`,
    'license = "MIT"',
    '',
  ].join('\n')
  const file = (path: string, bytes: Uint8Array) => ({
    path,
    sizeBytes: bytes.length,
    executable: false,
    async *read() {
      yield bytes
    },
  })
  const chunks: Uint8Array[] = []
  const files = [
    file('package/package.toml', new TextEncoder().encode(manifest)),
    file('package/payload.bin', payload),
  ]
  for await (const chunk of packTarGz(files)) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  const metadata: PackageMetadata = {
    id: parsed,
    kind: 'library',
    description: `${formatPackageId(parsed)} for a test`,
    authors: [],
    license: 'MIT',
    keywords: [],
    categories: [],
    capabilities: [],
    dependencies: [],
  }
  return { metadata, bytes, content: contentOf(bytes) }
}

export function contentOf(bytes: Uint8Array): Content {
  return {
    sha256: toDigest(createHash('sha256').update(bytes).digest('hex')),
    sizeBytes: bytes.length,
    async *read() {
      for (let at = 0; at < bytes.length; at += 256 * 1024) yield bytes.subarray(at, at + 256 * 1024)
    },
  }
}

export async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks)
}
