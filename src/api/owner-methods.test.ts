import { status } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ApiServer, ask, detailsOf, failureOf, startApiServer } from '../../test/registry/api-server.js'
import { anna, berta, metadataOf, newRequestId } from '../../test/registry/signed-package.js'
import type { MarketplaceClient } from '../client/marketplace-client.js'
import { MarketplaceBuilder } from '../marketplace-builder.js'
import type { Namespace } from '../model/package-id.js'
import { parsePackageRef } from '../model/package-id.js'
import { type OwnerChange, ownerChangeForm } from '../trust/signed-form.js'
import type { Received, Sent } from '../wire/message.js'
import { signatureToMessage, toBuffer } from '../wire/metadata-message.js'
import { ownerScopeToMessage } from '../wire/owner-message.js'
import { requestIdToMessage } from '../wire/request-options.js'

let api: ApiServer
let client: MarketplaceClient
beforeAll(async () => {
  api = await startApiServer()
  client = await new MarketplaceBuilder().withCluster([api.address]).build()
})
afterAll(async () => {
  await client.close()
  await api[Symbol.asyncDispose]()
})

const publish = (id: string, signer = anna) =>
  client.register({ metadata: metadataOf(id), signers: [signer] })
const WEB = parsePackageRef('acme/web')
const keyIds = async (scope: Parameters<MarketplaceClient['listOwners']>[0]) =>
  (await client.listOwners(scope)).owners.map((owner) => owner.keyId)

describe('owners', () => {
  test('added, removed and handed over by signed changes; each decides who may publish from then on', async () => {
    await publish('acme/web@1.0.0')
    expect(await client.listOwners(WEB)).toMatchObject({
      owners: [{ keyId: anna.keyId, publicKey: toBuffer(anna.publicKey) }],
      scope: { namespace: 'acme' },
    })
    await expect(publish('acme/web@1.1.0', berta)).rejects.toMatchObject({ reason: 'NOT_OWNER' })

    expect(await client.addOwner(WEB, berta.publicKey, anna)).toMatchObject({ changed: true })
    expect(await client.addOwner(WEB, berta.publicKey, anna)).toMatchObject({ changed: false })
    expect(await publish('acme/web@1.1.0', berta)).toMatchObject({ created: true })
    expect((await client.listOwners(WEB)).scope).toEqual(WEB)

    expect(await client.removeOwner(WEB, anna.keyId, berta)).toMatchObject({ changed: true })
    await expect(publish('acme/web@1.2.0', anna)).rejects.toMatchObject({ reason: 'NOT_OWNER' })
    await expect(client.removeOwner(WEB, berta.keyId, berta)).rejects.toMatchObject({
      reason: 'LAST_OWNER',
      code: 'FAILED_PRECONDITION',
    })

    expect(await client.transferOwnership(WEB, anna.publicKey, berta)).toMatchObject({ changed: true })
    expect(await keyIds(WEB)).toEqual([anna.keyId])
  })

  test('of a namespace are named without a package', async () => {
    await publish('team/tool@1.0.0')
    const scope = { namespace: 'team' as Namespace }
    await client.addOwner(scope, berta.publicKey, anna)
    expect(await keyIds(scope)).toEqual([anna.keyId, berta.keyId])
    expect(await publish('team/other@1.0.0', berta)).toMatchObject({ created: true })
    await expect(client.listOwners({ namespace: 'nobody' as Namespace })).rejects.toMatchObject({
      reason: 'PACKAGE_NOT_FOUND',
    })
    await expect(client.listOwners(parsePackageRef('team/none'))).rejects.toMatchObject({
      reason: 'PACKAGE_NOT_FOUND',
    })
  })

  function request(parts: Partial<OwnerChange> = {}): Sent<'AddOwnerRequest'> {
    const change: OwnerChange = {
      action: 'addOwner',
      scope: parsePackageRef('guarded'),
      owner: { publicKey: berta.publicKey },
      clusterId: api.registry.state.clusterId,
      requestId: newRequestId(),
      signedAtMs: Date.now(),
      ...parts,
    }
    return {
      scope: ownerScopeToMessage(change.scope),
      ownerPublicKey: toBuffer(berta.publicKey),
      signedAtMs: change.signedAtMs,
      signature: signatureToMessage(anna.sign(ownerChangeForm(change))),
      publicKey: toBuffer(anna.publicKey),
      requestId: requestIdToMessage(change.requestId),
    }
  }
  const add = (message: Sent<'AddOwnerRequest'>) =>
    ask<Received<'AddOwnerResponse'>>((done) => api.registryService.addOwner(message, done))

  test('the same request again gives the same answer; its id with another change is refused', async () => {
    await publish('guarded@1.0.0')
    const message = request()
    const answer = await add(message)
    expect(answer).toMatchObject({ changed: true, historyId: api.registry.state.historyId })
    expect(await add(message)).toEqual(answer)
    const failure = await failureOf(
      add({ ...request({ requestId: message.requestId?.toString('hex') as OwnerChange['requestId'] }) }),
    )
    expect(detailsOf(failure)?.reason).toBe('REQUEST_ID_REUSED')
  })

  test.each<[string, () => Sent<'AddOwnerRequest'>, string, status]>([
    ['unsigned', () => ({ ...request(), signature: null }), 'SIGNATURE_MISSING', status.UNAUTHENTICATED],
    [
      'signed for another action',
      () => request({ action: 'transferOwnership' }),
      'SIGNATURE_INVALID',
      status.UNAUTHENTICATED,
    ],
    [
      'signed for another package',
      () => ({ ...request(), scope: { name: 'guarded2' } }),
      'SIGNATURE_INVALID',
      status.UNAUTHENTICATED,
    ],
    [
      'signed for another cluster',
      () => request({ clusterId: '00'.repeat(16) as OwnerChange['clusterId'] }),
      'SIGNATURE_INVALID',
      status.UNAUTHENTICATED,
    ],
    [
      'signed for another owner',
      () => ({ ...request(), ownerPublicKey: toBuffer(anna.publicKey) }),
      'SIGNATURE_INVALID',
      status.UNAUTHENTICATED,
    ],
    [
      'signed six minutes ago',
      () => request({ signedAtMs: Date.now() - 360_000 }),
      'SIGNATURE_STALE',
      status.UNAUTHENTICATED,
    ],
    [
      'without request id',
      () => ({ ...request(), requestId: Buffer.alloc(0) }),
      'INVALID_ARGUMENT',
      status.INVALID_ARGUMENT,
    ],
    ['of nothing', () => ({ ...request(), scope: {} }), 'INVALID_ARGUMENT', status.INVALID_ARGUMENT],
    [
      'for a key that is none',
      () => ({ ...request(), ownerPublicKey: Buffer.alloc(32) }),
      'SIGNATURE_INVALID',
      status.UNAUTHENTICATED,
    ],
  ])('a change %s is refused', async (_, make, reason, code) => {
    const failure = await failureOf(add(make()))
    expect(failure.code).toBe(code)
    expect(detailsOf(failure)?.reason).toBe(reason)
  })
})
