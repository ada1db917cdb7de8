import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type EmbeddedRegistry, openEmbeddedRegistry } from '../../test/registry/embedded-registry.js'
import {
  archiveOf,
  berta,
  inChunks,
  metadataOf,
  newRequestId,
  sha256,
  signedPublish,
  signedVersion,
} from '../../test/registry/signed-package.js'
import { sha256Hash } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import { getVersion } from './lookup.js'
import { publish } from './publish.js'
import { register } from './register.js'

let registry: EmbeddedRegistry
beforeEach(async () => {
  registry = await openEmbeddedRegistry()
})
afterEach(() => registry[Symbol.asyncDispose]())

const unknown = new MarketplaceError({ reason: 'OUTCOME_UNKNOWN', message: 'unknown', help: 'again' })

async function reasonOf(call: Promise<unknown>): Promise<string | undefined> {
  return call.then(
    () => undefined,
    (error: unknown) => (error instanceof MarketplaceError ? error.reason : String(error)),
  )
}

describe('publish', () => {
  test.each(['before', 'after'] as const)(
    'sent again with its request id after an outcome that was lost %s it was applied, it is done once',
    async (at) => {
      const metadata = metadataOf('acme/web@1.0.0')
      const archive = await archiveOf(metadata)
      const version = signedPublish(metadata, archive, { requestId: newRequestId() })
      registry.state.failures.push({ error: unknown, at })
      expect(await reasonOf(publish(registry.context, version, inChunks(archive)))).toBe('OUTCOME_UNKNOWN')
      const again = await publish(registry.context, version, inChunks(archive))
      expect(again.created).toBe(true)
      expect(await publish(registry.context, version, inChunks(archive))).toEqual(again)
      const { version: found } = await getVersion(registry.context, metadata.id, {})
      expect(found.publishedIndex).toBe(again.index)
    },
  )

  test('a request id that was used for another version is refused', async () => {
    const requestId = newRequestId()
    await register(registry.context, signedVersion(metadataOf('acme/one@1.0.0'), { requestId }))
    const other = signedVersion(metadataOf('acme/two@1.0.0'), { requestId })
    expect(await reasonOf(register(registry.context, other))).toBe('REQUEST_ID_REUSED')
  })

  test('a node makes the request id when there is none', async () => {
    await register(registry.context, signedVersion(metadataOf('acme/one@1.0.0')))
    await register(registry.context, signedVersion(metadataOf('acme/two@1.0.0')))
    const ids = registry.state.proposed.map((command) => command.requestId)
    expect(new Set(ids).size).toBe(2)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/)
  })

  test('nothing is asked of the source before the header was found sound', async () => {
    const metadata = metadataOf('acme/web@1.0.0')
    const archive = await archiveOf(metadata)
    let asked = false
    async function* source() {
      asked = true
      yield archive
    }
    const unsigned = signedPublish(metadata, archive, { signatures: [] })
    expect(await reasonOf(publish(registry.context, unsigned, source()))).toBe('SIGNATURE_MISSING')
    const large = signedPublish(metadata, archive, { sizeBytes: 2 ** 31 })
    expect(await reasonOf(publish(registry.context, large, source()))).toBe('LIMIT_EXCEEDED')
    const empty = signedPublish(metadata, archive, { sizeBytes: 0 })
    expect(await reasonOf(publish(registry.context, empty, source()))).toBe('INVALID_ARGUMENT')
    expect(asked).toBe(false)
  })

  test('a stranger to the namespace is turned away before its bytes are taken', async () => {
    await register(registry.context, signedVersion(metadataOf('acme/one@1.0.0')))
    const metadata = metadataOf('acme/two@1.0.0')
    const archive = await archiveOf(metadata)
    let asked = false
    async function* source() {
      asked = true
      yield archive
    }
    const foreign = signedPublish(metadata, archive, {}, berta)
    expect(await reasonOf(publish(registry.context, foreign, source()))).toBe('NOT_OWNER')
    expect(asked).toBe(false)
    expect(registry.state.proposed).toHaveLength(1)
  })

  test('the digests of the content are those of its bytes', async () => {
    const metadata = metadataOf('acme/web@1.0.0')
    const archive = await archiveOf(metadata)
    await publish(registry.context, signedPublish(metadata, archive), inChunks(archive, 7))
    const { version } = await getVersion(registry.context, metadata.id, {})
    expect(version.content).toMatchObject({ sha256: sha256(archive), sizeBytes: archive.length })
    expect(version.content?.sha1).toHaveLength(40)
    expect(version.content?.sha512).toHaveLength(128)
    expect(version.content?.tarSha256).not.toBe(version.content?.sha256)
  })

  test('the command names who holds content and readme, and the earlier end of their leases', async () => {
    const readme = Buffer.from('# Read me')
    const metadata = metadataOf('acme/web@1.0.0', { readmeSha256: sha256(readme) })
    const archive = await archiveOf(metadata)
    await publish(registry.context, signedPublish(metadata, archive, { readme }), inChunks(archive))
    const [command] = registry.state.proposed
    expect(command).toMatchObject({ type: 'register', holders: ['node-1'] })
    expect(command?.type === 'register' && command.leaseEndMs).toBeGreaterThan(registry.state.logTimeMs())
  })

  test.each([
    ['2', 2, undefined, 3],
    ['more than 3', 99, 'BLOB_MISSING', 4],
  ])(
    'copies that were not where the members in force are %s times are brought there',
    async (_, times, reason, proposals) => {
      const metadata = metadataOf('acme/web@1.0.0')
      const archive = await archiveOf(metadata)
      const version = signedPublish(metadata, archive, { requestId: newRequestId() })
      const { blobs } = registry.context
      let asked = 0
      const context = {
        ...registry.context,
        blobs: {
          write: blobs.write.bind(blobs),
          ensure: blobs.ensure.bind(blobs),
          read: blobs.read.bind(blobs),
          // As it is where the members change just after this was said.
          together: async (copies: Parameters<typeof blobs.together>[0]) => {
            const held = await blobs.together(copies)
            return ++asked > times ? held : { ...held, holders: [] }
          },
        } as unknown as typeof blobs,
      }
      expect(await reasonOf(publish(context, version, inChunks(archive)))).toBe(reason)
      expect(registry.state.proposed).toHaveLength(proposals)
    },
  )

  test('a readme that was neither sent nor uploaded is BLOB_MISSING', async () => {
    const version = signedVersion(metadataOf('acme/web@1.0.0', { readmeSha256: sha256('elsewhere') }))
    expect(await reasonOf(register(registry.context, version))).toBe('BLOB_MISSING')
  })

  test('register checks the manifest inside content that was uploaded before', async () => {
    const archive = await archiveOf(metadataOf('acme/other@1.0.0'))
    await registry.context.blobs.write(inChunks(archive))
    const contentHash = sha256Hash(sha256(archive))
    const version = signedVersion(metadataOf('acme/web@1.0.0'), { contentHash })
    expect(await reasonOf(register(registry.context, version))).toBe('MANIFEST_MISMATCH')
  })
})
