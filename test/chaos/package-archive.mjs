// A real package in memory, around bytes of the caller's.
import { createHash } from 'node:crypto'
import { packTarGz } from '../../dist/archive/tar-writer.js'

export async function packageArchive(id, payload, more = {}) {
  const manifest = [
    '[package]',
    `namespace = "${id.namespace}"`,
    `name = "${id.name}"`,
    `version = "${id.version}"`,
    'description = "made by a test that kills nodes"',
    'license = "MIT"',
    '',
  ].join('\n')
  const file = (path, bytes) => ({
    path,
    sizeBytes: bytes.length,
    executable: false,
    read: async function* () {
      yield bytes
    },
  })
  const chunks = []
  for await (const chunk of packTarGz([
    file('package/package.toml', Buffer.from(manifest)),
    file('package/payload.bin', payload),
  ]))
    chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const metadata = {
    id,
    kind: 'library',
    description: 'made by a test that kills nodes',
    authors: [],
    license: 'MIT',
    keywords: [],
    categories: [],
    capabilities: [],
    dependencies: [],
    ...more,
  }
  return {
    metadata,
    bytes,
    content: {
      sha256,
      sizeBytes: bytes.length,
      read: async function* () {
        yield bytes
      },
    },
  }
}
