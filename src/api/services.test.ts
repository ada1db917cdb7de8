import { status } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ApiServer, ask, detailsOf, failureOf, startApiServer } from '../../test/registry/api-server.js'
import {
  anna,
  archiveOf,
  berta,
  inChunks,
  metadataOf,
  newRequestId,
  sha256,
  signedChange,
  signedPublish,
  signedVersion,
} from '../../test/registry/signed-package.js'
import { sha256Hash } from '../model/content-hash.js'
import type { PackageMetadata } from '../model/metadata.js'
import type { SignedChange } from '../registry/change.js'
import type { VersionWithContent } from '../registry/publish.js'
import type { SignedVersion } from '../registry/register.js'
import type { PublishResponse__Output } from '../rpc/gen/ggen/marketplace/v1/PublishResponse.js'
import type { RegisterManyResponse__Output } from '../rpc/gen/ggen/marketplace/v1/RegisterManyResponse.js'
import type { Received, Sent } from '../wire/message.js'
import { metadataToMessage, signatureToMessage, toBuffer } from '../wire/metadata-message.js'
import { contentHashToMessage, packageIdToMessage } from '../wire/package-id-message.js'
import { readDemandToMessage, requestIdToMessage } from '../wire/request-options.js'

let api: ApiServer
beforeAll(async () => {
  api = await startApiServer()
})
afterAll(() => api[Symbol.asyncDispose]())

function registerRequest(version: SignedVersion): Sent<'RegisterRequest'> {
  return {
    metadata: metadataToMessage(version.metadata),
    contentHash: version.contentHash === undefined ? null : contentHashToMessage(version.contentHash),
    signatures: version.signatures.map(signatureToMessage),
    publicKeys: version.publicKeys.map(toBuffer),
    readme: toBuffer(version.readme),
    requestId: version.requestId === undefined ? Buffer.alloc(0) : requestIdToMessage(version.requestId),
  }
}

function header(version: VersionWithContent): Sent<'PublishHeader'> {
  return { ...registerRequest(version), sizeBytes: version.sizeBytes }
}

function changeRequest(change: SignedChange): Sent<'UnyankRequest'> {
  return {
    id: packageIdToMessage(change.id),
    signedAtMs: change.signedAtMs,
    signature: change.signature === undefined ? null : signatureToMessage(change.signature),
    publicKey: toBuffer(change.publicKey),
    requestId: change.requestId === undefined ? Buffer.alloc(0) : requestIdToMessage(change.requestId),
  }
}

const register = (request: Sent<'RegisterRequest'>) =>
  ask<Received<'RegisterResponse'>>((done) => api.registryService.register(request, done))
const get = (request: Sent<'GetRequest'>) =>
  ask<Received<'GetResponse'>>((done) => api.registryService.get(request, done))

/** Sends messages as they are, whatever they are. */
function publishMessages(messages: AsyncIterable<Sent<'PublishRequest'>>): Promise<PublishResponse__Output> {
  return ask((done) => {
    const call = api.registryService.publish(done)
    void (async () => {
      for await (const message of messages) {
        if (!call.write(message)) await new Promise((resolve) => call.once('drain', resolve))
      }
      call.end()
    })()
  })
}

async function* partsOf(
  version: VersionWithContent,
  bytes: Uint8Array,
): AsyncIterable<Sent<'PublishRequest'>> {
  yield { header: header(version) }
  for await (const chunk of inChunks(bytes)) yield { chunk: toBuffer(chunk) }
}

async function publish(metadata: PackageMetadata, parts: Partial<VersionWithContent> = {}) {
  const archive = await archiveOf(metadata, { 'index.js': `module.exports = '${metadata.id.version}'` })
  const response = await publishMessages(partsOf(signedPublish(metadata, archive, parts), archive))
  return { response, archive }
}

async function downloadAll(
  request: Sent<'DownloadRequest'>,
): Promise<{ header: Received<'DownloadHeader'>; bytes: Buffer }> {
  let head: Received<'DownloadHeader'> | undefined
  const chunks: Buffer[] = []
  for await (const message of api.packageStore.download(request)) {
    const part = message as Received<'DownloadResponse'>
    if (part.header !== null && part.header !== undefined) head = part.header
    else if (part.chunk !== undefined) chunks.push(part.chunk)
  }
  if (head === undefined) throw new Error('no header')
  return { header: head, bytes: Buffer.concat(chunks) }
}

describe('publish', () => {
  test('what was published is found, described and downloaded with the same bytes', async () => {
    const metadata = metadataOf('acme/web@1.2.0', { description: 'a web framework' })
    const { response, archive } = await publish(metadata)
    expect(response.created).toBe(true)
    expect(response.index).toBeGreaterThan(0)
    expect(response.historyId).toBe(api.registry.state.historyId)
    expect(response.contentHash?.digest).toBe(sha256(archive))

    const found = await get({
      id: { namespace: 'acme', name: 'web' },
      ...readDemandToMessage({ minIndex: response.index }),
    })
    expect(found.index).toBeGreaterThanOrEqual(response.index)
    expect(found.version?.metadata?.id?.version).toBe('1.2.0')
    expect(found.version?.content?.sizeBytes).toBe(archive.length)
    expect(found.publicKeys.map((key) => key.publicKey)).toEqual([toBuffer(anna.publicKey)])

    const { header: head, bytes } = await downloadAll({ contentHash: response.contentHash })
    expect(bytes.equals(archive)).toBe(true)
    expect(head.sizeBytes).toBe(archive.length)
  })

  test('the same content again is a success that changes nothing; other content names both hashes', async () => {
    const metadata = metadataOf('acme/again@1.0.0')
    const first = await publish(metadata)
    const second = await publish(metadata)
    expect(second.response).toEqual({ ...first.response, created: false })

    const other = await archiveOf(metadata, { 'other.js': 'other' })
    const failure = await failureOf(publishMessages(partsOf(signedPublish(metadata, other), other)))
    expect(failure.code).toBe(status.ALREADY_EXISTS)
    const details = detailsOf(failure)
    expect(details?.reason).toBe('VERSION_EXISTS')
    expect(failure.details).toContain(sha256(first.archive))
    expect(failure.details).toContain(sha256(other))
    expect(details?.details.storedSha256).toBe(sha256(first.archive))
    expect(details?.details.offeredSha256).toBe(sha256(other))
    expect(details?.help).not.toBe('')
  })

  test('bytes that hash to something else are refused and leave no version', async () => {
    const metadata = metadataOf('acme/hash@1.0.0')
    const archive = await archiveOf(metadata)
    const wrong = signedPublish(metadata, archive, { contentHash: sha256Hash(sha256('other')) })
    const failure = await failureOf(publishMessages(partsOf(wrong, archive)))
    expect(failure.code).toBe(status.INVALID_ARGUMENT)
    expect(detailsOf(failure)?.reason).toBe('HASH_MISMATCH')
    expect(detailsOf(await failureOf(get({ id: { namespace: 'acme', name: 'hash' } })))?.reason).toBe(
      'PACKAGE_NOT_FOUND',
    )
  })

  test('more bytes than declared are refused, fewer are an incomplete upload', async () => {
    const metadata = metadataOf('acme/size@1.0.0')
    const archive = await archiveOf(metadata)
    const tooFew = signedPublish(metadata, archive, { sizeBytes: archive.length + 1 })
    expect(detailsOf(await failureOf(publishMessages(partsOf(tooFew, archive))))).toMatchObject({
      reason: 'UPLOAD_INCOMPLETE',
      message: `acme/size@1.0.0: the upload ended after ${archive.length} of ${archive.length + 1} declared bytes`,
    })
    const tooMany = signedPublish(metadata, archive, { sizeBytes: archive.length - 1 })
    expect(detailsOf(await failureOf(publishMessages(partsOf(tooMany, archive))))?.reason).toBe(
      'SIZE_MISMATCH',
    )
  })

  test('an upload that is cut half-way leaves nothing, and the server goes on', async () => {
    const metadata = metadataOf('acme/cut@1.0.0')
    const archive = await archiveOf(metadata, { 'big.bin': new Uint8Array(300_000).fill(9) })
    const version = signedPublish(metadata, archive)
    const failure = await failureOf(
      ask((done) => {
        const call = api.registryService.publish(done)
        call.write({ header: header(version) })
        call.write({ chunk: toBuffer(archive.subarray(0, 100)) }, () => call.cancel())
      }),
    )
    expect(failure.code).toBe(status.CANCELLED)
    expect(await api.registry.local.info(sha256(archive))).toBeUndefined()
    expect((await publish(metadata)).response.created).toBe(true)
  })

  test('an unsigned or wrongly signed header is refused before any byte is stored', async () => {
    const metadata = metadataOf('acme/unsigned@1.0.0')
    const archive = await archiveOf(metadata)
    const before = (await api.registry.local.stats()).blobs
    const unsigned = signedPublish(metadata, archive, { signatures: [] })
    const failure = await failureOf(publishMessages(partsOf(unsigned, archive)))
    expect(failure.code).toBe(status.UNAUTHENTICATED)
    expect(detailsOf(failure)?.reason).toBe('SIGNATURE_MISSING')
    const good = signedPublish(metadata, archive)
    const altered = { ...good, metadata: { ...metadata, description: 'altered' } }
    expect(detailsOf(await failureOf(publishMessages(partsOf(altered, archive))))?.reason).toBe(
      'SIGNATURE_INVALID',
    )
    expect((await api.registry.local.stats()).blobs).toBe(before)
  })

  test('a manifest that says something else is refused', async () => {
    const metadata = metadataOf('acme/manifest@1.0.0')
    const archive = await archiveOf(metadataOf('acme/manifest@1.0.1'))
    const failure = await failureOf(publishMessages(partsOf(signedPublish(metadata, archive), archive)))
    expect(failure.code).toBe(status.INVALID_ARGUMENT)
    expect(detailsOf(failure)).toMatchObject({ reason: 'MANIFEST_MISMATCH', field: 'metadata.id' })
  })

  test('bytes that are no archive are refused', async () => {
    const metadata = metadataOf('acme/archive@1.0.0')
    const bytes = Buffer.from('this is no gzip stream, however long it may go on')
    const failure = await failureOf(publishMessages(partsOf(signedPublish(metadata, bytes), bytes)))
    expect(detailsOf(failure)?.reason).toBe('ARCHIVE_INVALID')
  })

  test('a stream without a header, with a second one, or with a chunk over the limit is refused', async () => {
    const metadata = metadataOf('acme/stream@1.0.0')
    const archive = await archiveOf(metadata)
    const version = signedPublish(metadata, archive)
    const send = async (...messages: Sent<'PublishRequest'>[]) =>
      detailsOf(
        await failureOf(
          publishMessages(
            (async function* () {
              yield* messages
            })(),
          ),
        ),
      )
    expect(await send()).toMatchObject({ reason: 'INVALID_ARGUMENT', field: 'header' })
    expect(await send({ chunk: toBuffer(archive) })).toMatchObject({ field: 'header' })
    const head = { header: header(version) }
    expect(await send(head, head)).toMatchObject({ reason: 'INVALID_ARGUMENT', field: 'chunk' })
    expect(await send(head, { chunk: Buffer.alloc(1024 * 1024 + 1) })).toMatchObject({
      reason: 'LIMIT_EXCEEDED',
      field: 'chunk',
    })
  })

  test('a readme that was signed comes back with Get; another one is refused', async () => {
    const readme = Buffer.from('# Read me')
    const metadata = metadataOf('acme/readme@1.0.0', { readmeSha256: sha256(readme) })
    const wrong = await failureOf(publish(metadata, { readme: Buffer.from('# Another') }))
    expect(detailsOf(wrong)).toMatchObject({ reason: 'HASH_MISMATCH', field: 'readme' })
    await publish(metadata, { readme })
    const id = { namespace: 'acme', name: 'readme' }
    expect((await get({ id, includeReadme: true })).readme.toString()).toBe('# Read me')
    expect((await get({ id })).readme.length).toBe(0)
  })

  test('a name that another key has claimed is refused, naming the owner', async () => {
    await publish(metadataOf('claimed/one@1.0.0'))
    const metadata = metadataOf('claimed/two@1.0.0')
    const archive = await archiveOf(metadata)
    const failure = await failureOf(
      publishMessages(partsOf(signedPublish(metadata, archive, {}, berta), archive)),
    )
    expect(failure.code).toBe(status.PERMISSION_DENIED)
    expect(detailsOf(failure)?.details.owners).toBe(anna.keyId)
  })
})

describe('register', () => {
  test('the same request id gives the same answer, and does nothing twice', async () => {
    const requestId = newRequestId()
    const request = registerRequest(signedVersion(metadataOf('meta/same@1.0.0'), { requestId }))
    const first = await register(request)
    expect(first.created).toBe(true)
    expect(await register(request)).toEqual(first)
  })

  test('a metadata-only version is found and never downloadable', async () => {
    await register(registerRequest(signedVersion(metadataOf('meta/only@1.0.0'))))
    const failure = await failureOf(downloadAll({ id: { namespace: 'meta', name: 'only' } }))
    expect(failure.code).toBe(status.NOT_FOUND)
    expect(detailsOf(failure)?.reason).toBe('NO_CONTENT')
  })

  test('content that nobody holds is BLOB_MISSING; once uploaded it is taken', async () => {
    const metadata = metadataOf('meta/uploaded@1.0.0')
    const archive = await archiveOf(metadata)
    const contentHash = sha256Hash(sha256(archive))
    const request = registerRequest(signedVersion(metadata, { contentHash }))
    const failure = await failureOf(register(request))
    expect(failure.code).toBe(status.FAILED_PRECONDITION)
    expect(detailsOf(failure)?.reason).toBe('BLOB_MISSING')

    const uploaded = await ask<Received<'UploadResponse'>>((done) => {
      const call = api.packageStore.upload(done)
      call.write({
        header: { contentHash: contentHashToMessage(contentHash), sizeBytes: archive.length },
      })
      call.write({ chunk: toBuffer(archive) })
      call.end()
    })
    expect(uploaded.holders).toEqual(['node-1'])
    expect((await register(request)).created).toBe(true)
    expect((await downloadAll({ contentHash: contentHashToMessage(contentHash) })).bytes).toEqual(archive)
  })

  test('many registers over one stream are each answered, and one that fails ends only itself', async () => {
    const call = api.registryService.registerMany()
    const answers = new Map<number, RegisterManyResponse__Output>()
    const finished = new Promise<void>((resolve, reject) => {
      call.on('data', (answer: RegisterManyResponse__Output) => answers.set(answer.sequence, answer))
      call.on('end', resolve)
      call.on('error', reject)
    })
    const count = 400
    for (let sequence = 1; sequence <= count; sequence++) {
      const version = signedVersion(metadataOf(`many/p${sequence}@1.0.0`))
      const broken = sequence % 100 === 0 ? { ...version, signatures: [] } : version
      call.write({ sequence, register: registerRequest(broken) })
    }
    call.end()
    await finished
    expect(answers.size).toBe(count)
    for (const [sequence, answer] of answers) {
      if (sequence % 100 === 0) expect(answer.error?.reason).toBe('ERROR_REASON_SIGNATURE_MISSING')
      else expect(answer.registered?.created).toBe(true)
    }
  })

  test.each([
    ['a bad name', 'meta/ok@1.0.0', { id: { name: 'no spaces' } }, 'INVALID_NAME', 'metadata.id.name'],
    [
      'a bad namespace',
      'meta/ok@1.0.0',
      { id: { namespace: 'Meta' } },
      'INVALID_NAME',
      'metadata.id.namespace',
    ],
    ['a bad version', 'meta/ok@1.0.0', { id: { version: '1.0' } }, 'INVALID_VERSION', 'metadata.id.version'],
    ['a missing id', 'meta/ok@1.0.0', { id: null }, 'INVALID_ARGUMENT', 'metadata.id'],
    [
      'a bad requirement',
      'meta/ok@1.0.0',
      { dependencies: [{ name: 'left', requirement: 'latest' }] },
      'INVALID_REQUIREMENT',
      'metadata.dependencies[0].requirement',
    ],
    [
      'a dependency on itself',
      'meta/ok@1.0.0',
      { dependencies: [{ namespace: 'meta', name: 'OK', requirement: '*' }] },
      'SELF_DEPENDENCY',
      'metadata.dependencies[0]',
    ],
    [
      'a dependency of a kind that only a newer client knows',
      'meta/ok@1.0.0',
      { dependencies: [{ name: 'left', requirement: '*', kind: 77 }] },
      'INVALID_ARGUMENT',
      'metadata.dependencies[0].kind',
    ],
    [
      'a description over its limit',
      'meta/ok@1.0.0',
      { description: 'x'.repeat(8193) },
      'LIMIT_EXCEEDED',
      'metadata.description',
    ],
    [
      'metadata over its limit',
      'meta/ok@1.0.0',
      { keywords: Array.from({ length: 256 }, (_, i) => `${i}`.padEnd(1024, 'x')) },
      'LIMIT_EXCEEDED',
      'metadata',
    ],
  ])('%s is refused with its reason and field', async (_, id, fields, reason, field) => {
    const request = registerRequest(signedVersion(metadataOf(id)))
    const { id: idFields, ...rest } = fields as { id?: object | null }
    const metadata = { ...request.metadata, ...rest } as Sent<'PackageMetadata'>
    if (idFields === null) metadata.id = null
    else if (idFields !== undefined) metadata.id = { ...metadata.id, ...idFields }
    const failure = await failureOf(register({ ...request, metadata }))
    expect(failure.code).toBe(status.INVALID_ARGUMENT)
    expect(detailsOf(failure)).toMatchObject({ reason, field })
    expect(detailsOf(failure)?.help).not.toBe('')
  })

  test('a message over the limit of a unary call is refused, and the next one is answered', async () => {
    const request = registerRequest(signedVersion(metadataOf('meta/huge@1.0.0')))
    const readme = Buffer.alloc(5 * 1024 * 1024)
    expect((await failureOf(register({ ...request, readme }))).code).toBe(status.RESOURCE_EXHAUSTED)
    const tooLong = await failureOf(register({ ...request, readme: Buffer.alloc(129 * 1024) }))
    expect(detailsOf(tooLong)).toMatchObject({ reason: 'LIMIT_EXCEEDED', field: 'readme' })
  })

  test('a request id that is not 16 bytes is refused', async () => {
    const request = registerRequest(signedVersion(metadataOf('meta/ok@1.0.0')))
    const failure = await failureOf(register({ ...request, requestId: Buffer.from('short') }))
    expect(detailsOf(failure)).toMatchObject({ reason: 'INVALID_ARGUMENT', field: 'request_id' })
  })
})

describe('changes', () => {
  test('a yanked version is hidden from resolution, still served, and shown again by unyank', async () => {
    await publish(metadataOf('yank/me@1.0.0'))
    await publish(metadataOf('yank/me@1.1.0'))
    const { clusterId } = api.registry.state
    const id = metadataOf('yank/me@1.1.0').id
    const yank = signedChange('yank', id, clusterId, { text: 'broken' })
    const yanked = await ask<Received<'YankResponse'>>((done) =>
      api.registryService.yank({ ...changeRequest(yank), reason: 'broken' }, done),
    )
    expect(yanked.changed).toBe(true)

    const ref = { namespace: 'yank', name: 'me' }
    const resolve = () =>
      ask<Received<'ResolveVersionResponse'>>((done) =>
        api.registryService.resolveVersion({ ref, requirement: '^1.0.0' }, done),
      )
    expect((await resolve()).version?.id?.version).toBe('1.0.0')
    const state = await ask<Received<'IsYankedResponse'>>((done) =>
      api.registryService.isYanked({ id: packageIdToMessage(id) }, done),
    )
    expect(state).toMatchObject({ yanked: true, reason: 'broken' })
    const { header: head } = await downloadAll({ id: packageIdToMessage(id) })
    expect(head).toMatchObject({ yanked: true, yankReason: 'broken' })

    const unyank = changeRequest(signedChange('unyank', id, clusterId))
    expect(
      (await ask<Received<'UnyankResponse'>>((done) => api.registryService.unyank(unyank, done))).changed,
    ).toBe(true)
    expect((await resolve()).version?.id?.version).toBe('1.1.0')
  })

  test('a change that is unsigned, stale, of another key, or without its request id is refused', async () => {
    await publish(metadataOf('yank/guarded@1.0.0'))
    const { clusterId } = api.registry.state
    const { id } = metadataOf('yank/guarded@1.0.0')
    const reasonOf = async (request: Sent<'YankRequest'>) =>
      detailsOf(await failureOf(ask((done) => api.registryService.yank(request, done))))?.reason
    const good = changeRequest(signedChange('yank', id, clusterId))
    expect(await reasonOf({ ...good, signature: null })).toBe('SIGNATURE_MISSING')
    expect(await reasonOf({ ...good, reason: 'not what was signed' })).toBe('SIGNATURE_INVALID')
    expect(await reasonOf({ ...good, requestId: Buffer.alloc(0) })).toBe('INVALID_ARGUMENT')
    const stale = signedChange('yank', id, clusterId, { signedAtMs: Date.now() - 6 * 60_000 })
    expect(await reasonOf(changeRequest(stale))).toBe('SIGNATURE_STALE')
    expect(await reasonOf(changeRequest(signedChange('yank', id, clusterId, {}, berta)))).toBe('NOT_OWNER')
  })

  test('a deprecation message is shown with the version', async () => {
    await publish(metadataOf('yank/old@1.0.0'))
    const { id } = metadataOf('yank/old@1.0.0')
    const change = signedChange('deprecate', id, api.registry.state.clusterId, { text: 'use new' })
    await ask((done) =>
      api.registryService.updateMetadata({ ...changeRequest(change), deprecated: 'use new' }, done),
    )
    expect((await get({ id: packageIdToMessage(id) })).version?.deprecated).toBe('use new')
  })
})

describe('reads', () => {
  test('an unknown package, an unknown version and a package that is all yanked are told apart', async () => {
    await publish(metadataOf('reads/gone@1.0.0'))
    const { id } = metadataOf('reads/gone@1.0.0')
    await ask((done) =>
      api.registryService.yank(changeRequest(signedChange('yank', id, api.registry.state.clusterId)), done),
    )
    const reasonOf = async (request: Sent<'GetRequest'>) => {
      const failure = await failureOf(get(request))
      expect(failure.code).toBe(status.NOT_FOUND)
      return detailsOf(failure)?.reason
    }
    expect(await reasonOf({ id: { name: 'nowhere' } })).toBe('PACKAGE_NOT_FOUND')
    expect(await reasonOf({ id: { namespace: 'reads', name: 'gone', version: '9.9.9' } })).toBe(
      'VERSION_NOT_FOUND',
    )
    expect(await reasonOf({ id: { namespace: 'reads', name: 'gone' } })).toBe('ALL_YANKED')
    expect((await get({ id: packageIdToMessage(id) })).version?.yanked).toBe(true)
  })

  test('a name is found by its folded form and by npm spelling; build metadata is no part of a version', async () => {
    await publish(metadataOf('reads/Web_Kit@1.0.0+linux'))
    for (const id of [
      { namespace: 'reads', name: 'web-kit' },
      { name: '@reads/Web_Kit' },
      { name: 'reads/WEB-KIT', version: '1.0.0+mac' },
    ]) {
      const { version } = await get({ id })
      expect(version?.metadata?.id).toEqual({ namespace: 'reads', name: 'Web_Kit', version: '1.0.0+linux' })
    }
  })

  test('an index that is not reached, of another history, or negative is refused', async () => {
    const id = { namespace: 'acme', name: 'web' }
    const failure = await failureOf(get({ id, minIndex: 1_000_000 }))
    expect(failure.code).toBe(status.DEADLINE_EXCEEDED)
    expect(detailsOf(failure)?.reason).toBe('INDEX_NOT_REACHED')
    const foreign = await failureOf(get({ id, minIndex: 1, historyId: 'ff'.repeat(16) }))
    expect(detailsOf(foreign)?.reason).toBe('HISTORY_MISMATCH')
    expect(detailsOf(await failureOf(get({ id, minIndex: -1 })))?.field).toBe('min_index')
  })

  test('an enum value that only a newer client knows is refused by name', async () => {
    const failure = await failureOf(get({ id: { name: 'x' }, consistency: 9 as 0 }))
    expect(detailsOf(failure)).toMatchObject({ reason: 'INVALID_ARGUMENT', field: 'consistency' })
  })

  test('a call whose deadline has passed ends in DEADLINE_EXCEEDED', async () => {
    const failure = await failureOf(
      ask((done) => api.registryService.get({ id: { name: 'x' } }, { deadline: Date.now() - 1 }, done)),
    )
    expect(failure.code).toBe(status.DEADLINE_EXCEEDED)
  })

  test('a part of a blob is sent by offset and length; a part outside is refused', async () => {
    const { response, archive } = await publish(metadataOf('reads/part@1.0.0'))
    const { contentHash } = response
    const { bytes } = await downloadAll({ contentHash, offset: 10, length: 20 })
    expect(bytes).toEqual(Buffer.from(archive.subarray(10, 30)))
    const failure = await failureOf(downloadAll({ contentHash, offset: archive.length + 1 }))
    expect(detailsOf(failure)).toMatchObject({ reason: 'INVALID_ARGUMENT', field: 'offset' })
  })

  test('a large blob arrives whole in chunks that keep within the limit', async () => {
    const metadata = metadataOf('reads/large@1.0.0')
    const noise = new Uint8Array(12 * 1024 * 1024)
    for (let at = 0; at < noise.length; at += 65_536) crypto.getRandomValues(noise.subarray(at, at + 65_536))
    const archive = await archiveOf(metadata, { 'noise.bin': noise })
    await publishMessages(partsOf(signedPublish(metadata, archive), archive))
    const { bytes } = await downloadAll({ id: packageIdToMessage(metadata.id) })
    expect(sha256(bytes)).toBe(sha256(archive))
  })

  test('a download is counted once, when its last byte was sent and the id was given', async () => {
    const { response, archive } = await publish(metadataOf('reads/counted@1.0.0'))
    const id = packageIdToMessage(metadataOf('reads/counted@1.0.0').id)
    await downloadAll({ id })
    await downloadAll({ contentHash: response.contentHash })
    await downloadAll({ id, length: 5 })
    await downloadAll({ id, offset: archive.length - 5 })
    await api.registry.downloads.flush()
    const stats = await ask<Received<'GetStatsResponse'>>((done) =>
      api.registryService.getStats({ ref: { namespace: 'reads', name: 'counted' } }, done),
    )
    expect(stats).toMatchObject({ packages: 1, versions: 1, downloads: 2 })
  })

  test('a download that happened elsewhere is counted; one of an unknown version is refused', async () => {
    await register(registerRequest(signedVersion(metadataOf('reads/elsewhere@1.0.0'))))
    const record = (request: Sent<'RecordDownloadRequest'>) =>
      ask<Received<'RecordDownloadResponse'>>((done) => api.registryService.recordDownload(request, done))
    const id = { namespace: 'reads', name: 'elsewhere', version: '1.0.0' }
    expect((await record({ id })).index).toBeGreaterThan(0)
    await api.registry.downloads.flush()
    const stats = await ask<Received<'GetStatsResponse'>>((done) =>
      api.registryService.getStats({ ref: { namespace: 'reads', name: 'elsewhere' } }, done),
    )
    expect(stats.downloads).toBe(1)
    const failure = await failureOf(record({ id: { ...id, version: '9.9.9' } }))
    expect(detailsOf(failure)?.reason).toBe('VERSION_NOT_FOUND')
  })
})

describe('listings', () => {
  test('a listing pages through everything once, in order, and its token is bound to the query', async () => {
    for (let at = 0; at < 7; at++)
      await register(registerRequest(signedVersion(metadataOf(`pages/p${at}@1.0.0`))))
    const list = (request: Sent<'ListPackagesRequest'>) =>
      ask<Received<'ListPackagesResponse'>>((done) => api.registryService.listPackages(request, done))
    const names: string[] = []
    let pageToken = ''
    do {
      const page = await list({ namespace: 'pages', pageSize: 3, pageToken })
      names.push(...page.packages.map((each) => each.id?.name ?? ''))
      pageToken = page.nextPageToken
    } while (pageToken !== '')
    expect(names).toEqual(['p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6'])

    const token = (await list({ namespace: 'pages', pageSize: 3 })).nextPageToken
    const tokenFailure = async (request: Sent<'ListPackagesRequest'>) => {
      const failure = await failureOf(list(request))
      expect(failure.code).toBe(status.INVALID_ARGUMENT)
      return detailsOf(failure)
    }
    expect(await tokenFailure({ namespace: 'acme', pageToken: token })).toMatchObject({
      reason: 'PAGE_TOKEN_INVALID',
      field: 'page_token',
    })
    expect(await tokenFailure({ namespace: 'pages', pageToken: `${token}x` })).toMatchObject({
      reason: 'PAGE_TOKEN_INVALID',
    })
    expect(await tokenFailure({ namespace: 'pages', pageSize: 1001 })).toMatchObject({
      reason: 'LIMIT_EXCEEDED',
      field: 'page_size',
    })
  })

  test('versions come highest first, over pages', async () => {
    const versions = ['1.0.0', '2.0.0-rc.1', '1.10.0', '1.9.0', '2.0.0']
    for (const version of versions)
      await register(registerRequest(signedVersion(metadataOf(`pages/versions@${version}`))))
    const ref = { namespace: 'pages', name: 'versions' }
    const found: string[] = []
    let pageToken = ''
    do {
      const page = await ask<Received<'ListVersionsResponse'>>((done) =>
        api.registryService.listVersions({ ref, pageSize: 2, pageToken }, done),
      )
      found.push(...page.versions.map((each) => each.id?.version ?? ''))
      pageToken = page.nextPageToken
    } while (pageToken !== '')
    expect(found).toEqual(['2.0.0', '2.0.0-rc.1', '1.10.0', '1.9.0', '1.0.0'])
  })

  test('a page of long summaries ends early rather than outgrow a message, in lists and in search', async () => {
    const keywords = Array.from({ length: 200 }, (_, at) => `${at}`.padEnd(1_000, 'k'))
    const count = 25
    for (let at = 0; at < count; at++) {
      const metadata = metadataOf(`long/wombat-${at}@1.0.0`, { keywords })
      await register(registerRequest(signedVersion(metadata)))
    }
    const listed = new Set<string>()
    let pages = 0
    let pageToken = ''
    do {
      const page = await ask<Received<'ListPackagesResponse'>>((done) =>
        api.registryService.listPackages({ namespace: 'long', pageToken }, done),
      )
      for (const each of page.packages) listed.add(each.id?.name ?? '')
      pages++
      pageToken = page.nextPageToken
    } while (pageToken !== '')
    expect(listed.size).toBe(count)
    expect(pages).toBe(3)

    const found = new Set<string>()
    pages = 0
    do {
      const linearizable = readDemandToMessage({ consistency: 'linearizable' })
      const page = await ask<Received<'SearchResponse'>>((done) =>
        api.searchService.search({ query: 'wombat', pageToken, ...linearizable }, done),
      )
      for (const hit of page.hits) found.add(hit.id?.name ?? '')
      pages++
      pageToken = page.nextPageToken
    } while (pageToken !== '')
    expect(found).toEqual(listed)
    expect(pages).toBe(3)
  })

  test('packages are listed by author, by dependency and by time of publish', async () => {
    const left = metadataOf('lists/left@1.0.0', { authors: ['Ada <ada@example.org>'] })
    const right = metadataOf('lists/right@1.0.0', {
      dependencies: [{ ...left.id, requirement: '^1.0.0', kind: 'normal' }],
    })
    await register(registerRequest(signedVersion(left)))
    await register(registerRequest(signedVersion(right)))
    const byAuthor = await ask<Received<'ListByAuthorResponse'>>((done) =>
      api.registryService.listByAuthor({ author: 'ada@EXAMPLE.org' }, done),
    )
    expect(byAuthor.packages.map((each) => each.id?.name)).toEqual(['left'])
    const dependents = await ask<Received<'ListDependentsResponse'>>((done) =>
      api.registryService.listDependents({ ref: { namespace: 'lists', name: 'left' } }, done),
    )
    expect(dependents.packages.map((each) => each.id?.name)).toEqual(['right'])
    const recent = await ask<Received<'ListRecentResponse'>>((done) =>
      api.registryService.listRecent({ pageSize: 2 }, done),
    )
    expect(recent.versions.map((each) => each.id?.name)).toEqual(['right', 'left'])
    expect(recent.nextPageToken).not.toBe('')
  })
})

describe('search', () => {
  const search = (request: Sent<'SearchRequest'>) =>
    ask<Received<'SearchResponse'>>((done) => api.searchService.search(request, done))

  test('what was just published is found when the search asks for its index, and not once it is yanked', async () => {
    const metadata = metadataOf('finds/zebrafish@1.0.0', { description: 'a striped parser' })
    const { response } = await publish(metadata)
    const found = await search({ query: 'zebrafish', minIndex: response.index })
    expect(found.index).toBeGreaterThanOrEqual(response.index)
    expect(found.total).toBe(1)
    expect(found.hits[0]).toMatchObject({
      id: { namespace: 'finds', name: 'zebrafish', version: '1.0.0' },
      summary: { description: 'a striped parser' },
    })
    await ask((done) =>
      api.registryService.yank(
        changeRequest(signedChange('yank', metadata.id, api.registry.state.clusterId)),
        done,
      ),
    )
    const linearizable = readDemandToMessage({ consistency: 'linearizable' })
    expect((await search({ query: 'zebrafish', ...linearizable })).hits).toEqual([])
  })

  test('hits page through without repeating, and a token of another query is refused', async () => {
    const count = 5
    for (let at = 0; at < count; at++)
      await register(registerRequest(signedVersion(metadataOf(`finds/quokka-${at}@1.0.0`))))
    const linearizable = readDemandToMessage({ consistency: 'linearizable' })
    const names = new Set<string>()
    let pageToken = ''
    let token = ''
    do {
      const page = await search({ query: 'quokka', pageSize: 2, pageToken, ...linearizable })
      for (const hit of page.hits) names.add(hit.id?.name ?? '')
      pageToken = page.nextPageToken
      if (pageToken !== '') token = pageToken
    } while (pageToken !== '')
    expect(names.size).toBe(count)
    for (const other of [{ query: 'other' }, { query: 'quokka', filter: { kinds: ['tool'] } }]) {
      const failure = await failureOf(search({ ...other, pageToken: token }))
      expect(detailsOf(failure)?.reason).toBe('PAGE_TOKEN_INVALID')
    }
  })
})

describe('blobs', () => {
  test('a blob is described, listed, counted and verified; a damaged one is reported', async () => {
    const { response, archive } = await publish(metadataOf('blobs/one@1.0.0'))
    const { contentHash } = response
    const described = await ask<Received<'GetMetadataResponse'>>((done) =>
      api.packageStore.getMetadata({ contentHash }, done),
    )
    expect(described.sizeBytes).toBe(archive.length)
    const exists = async (digest: string) =>
      (
        await ask<Received<'ExistsResponse'>>((done) =>
          api.packageStore.exists({ contentHash: { digest } }, done),
        )
      ).exists
    expect(await exists(sha256(archive))).toBe(true)
    expect(await exists(sha256('nothing'))).toBe(false)
    const unknown = await failureOf(
      ask((done) => api.packageStore.getMetadata({ contentHash: { digest: sha256('nothing') } }, done)),
    )
    expect(detailsOf(unknown)?.reason).toBe('BLOB_NOT_FOUND')

    const digests: string[] = []
    let pageToken = ''
    do {
      const page = await ask<Received<'ListResponse'>>((done) =>
        api.packageStore.list({ pageSize: 3, pageToken }, done),
      )
      digests.push(...page.blobs.map((blob) => blob.contentHash?.digest ?? ''))
      pageToken = page.nextPageToken
    } while (pageToken !== '')
    const stats = await ask<Received<'PackageStoreServiceStatsResponse'>>((done) =>
      api.packageStore.stats({}, done),
    )
    expect(digests).toEqual([...new Set(digests)].sort())
    expect(digests).toContain(sha256(archive))
    expect(stats).toMatchObject({ nodeId: 'node-1', blobs: digests.length })

    const verify = async (request: Sent<'VerifyIntegrityRequest'>) => {
      const messages: Received<'VerifyIntegrityResponse'>[] = []
      for await (const message of api.packageStore.verifyIntegrity(request)) messages.push(message)
      return messages.at(-1)
    }
    expect(await verify({})).toMatchObject({ checked: digests.length, damaged: [], done: true })
    expect(await verify({ contentHash })).toMatchObject({ checked: 1, damaged: [], done: true })
  })
})

test('cluster status says who answers and which cluster this is', async () => {
  const answer = await ask<Received<'StatusResponse'>>((done) => api.clusterService.status({}, done))
  expect(answer).toMatchObject({
    nodeId: 'node-1',
    clusterId: api.registry.state.clusterId,
    historyId: api.registry.state.historyId,
    leader: 'node-1',
    nodes: [{ id: 'node-1', reachable: false }],
    configuration: { index: 1, joint: false, committed: true },
  })
})
