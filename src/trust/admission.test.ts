import { describe, expect, it } from 'vitest'
import type { RequestId } from '../model/command.js'
import { type Digest, sha256Hash } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import type { KeyId, PackageMetadata } from '../model/metadata.js'
import type { ClusterId } from '../model/node-id.js'
import { parsePackageId } from '../model/package-id.js'
import { type SignedPublish, verifyChange, verifyPublish } from './admission.js'
import { OpensslVerifier } from './openssl-verifier.js'
import { type Change, changeForm, publishForm, signedFormSha256 } from './signed-form.js'
import { Ed25519Signer } from './signer.js'

const verifier = new OpensslVerifier()
const ada = Ed25519Signer.fromSeed(new Uint8Array(32).fill(1))
const grace = Ed25519Signer.fromSeed(new Uint8Array(32).fill(2))
const contentHash = sha256Hash('ab'.repeat(32) as Digest)
const metadata: PackageMetadata = {
  id: parsePackageId('acme/web@1.0.0'),
  kind: 'library',
  description: 'A web',
  authors: ['Ada'],
  keywords: [],
  categories: [],
  capabilities: [],
  dependencies: [],
}
const bytes = publishForm(metadata, contentHash)

function publish(parts: Partial<SignedPublish>): SignedPublish {
  const { publicKey } = ada
  return { metadata, contentHash, signatures: [ada.sign(bytes)], publicKeys: [publicKey], ...parts }
}

function refusal(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof MarketplaceError) return `${error.reason} ${error.field}`
    throw error
  }
  return 'accepted'
}

describe('a publish', () => {
  it('signed by two keys gives both, in the order of the signatures', () => {
    const verdict = verifyPublish(
      publish({
        signatures: [grace.sign(bytes), ada.sign(bytes)],
        publicKeys: [ada.publicKey, grace.publicKey],
      }),
      verifier,
    )
    expect(verdict.verifiedKeys.map((key) => key.keyId)).toEqual([grace.keyId, ada.keyId])
    expect(verdict.verifiedKeys.map((key) => key.publicKey)).toEqual([grace.publicKey, ada.publicKey])
    expect(verdict.signedFormSha256).toBe(signedFormSha256(bytes))
  })

  const wrong: [string, Partial<SignedPublish>, string][] = [
    ['without a signature', { signatures: [] }, 'SIGNATURE_MISSING signatures'],
    ['without the public key', { publicKeys: [] }, 'SIGNATURE_INVALID signatures[0]'],
    [
      'with changed metadata',
      { metadata: { ...metadata, license: 'MIT' } },
      'SIGNATURE_INVALID signatures[0].value',
    ],
    ['without its content hash', { contentHash: undefined }, 'SIGNATURE_INVALID signatures[0].value'],
    [
      'with another content hash',
      { contentHash: sha256Hash('cd'.repeat(32) as Digest) },
      'SIGNATURE_INVALID signatures[0].value',
    ],
    [
      'with a good and a bad signature',
      {
        signatures: [ada.sign(bytes), grace.sign(Uint8Array.of(1))],
        publicKeys: [ada.publicKey, grace.publicKey],
      },
      'SIGNATURE_INVALID signatures[1].value',
    ],
    [
      'signed twice by one key',
      { signatures: [ada.sign(bytes), ada.sign(bytes)] },
      'SIGNATURE_INVALID signatures[1]',
    ],
    [
      "under another key's id",
      { signatures: [{ ...grace.sign(bytes), keyId: ada.keyId }] },
      'SIGNATURE_INVALID signatures[0].value',
    ],
    [
      'with an unknown algorithm',
      { signatures: [{ ...ada.sign(bytes), algorithm: 'rsa' as 'ed25519' }] },
      'SIGNATURE_INVALID signatures[0].algorithm',
    ],
    [
      'with a signature cut short',
      { signatures: [{ ...ada.sign(bytes), value: new Uint8Array(63) }] },
      'SIGNATURE_INVALID signatures[0].value',
    ],
    ['with a key of small order', { publicKeys: [new Uint8Array(32)] }, 'SIGNATURE_INVALID public_keys[0]'],
    [
      'with too many signatures',
      { signatures: Array.from({ length: 17 }, () => ada.sign(bytes)) },
      'LIMIT_EXCEEDED signatures',
    ],
  ]
  it.each(wrong)('%s is refused, naming the field', (_, parts, expected) => {
    expect(refusal(() => verifyPublish(publish(parts), verifier))).toBe(expected)
  })
})

describe('a change', () => {
  const change: Change = {
    action: 'yank',
    id: metadata.id,
    text: 'broken',
    clusterId: '11'.repeat(16) as ClusterId,
    requestId: '22'.repeat(16) as RequestId,
    signedAtMs: 1_700_000_000_123,
  }
  const signature = ada.sign(changeForm(change))

  it('with its signature gives the key', () => {
    expect(verifyChange(change, signature, ada.publicKey, verifier)).toEqual({
      keyId: ada.keyId,
      publicKey: ada.publicKey,
    })
  })

  const other: [string, Partial<Change>][] = [
    ['another action', { action: 'unyank' }],
    ['another version', { id: parsePackageId('acme/web@1.0.1') }],
    ['another reason', { text: 'fine' }],
    ['another cluster', { clusterId: '33'.repeat(16) as ClusterId }],
    ['another request', { requestId: '33'.repeat(16) as RequestId }],
    ['another time', { signedAtMs: 1_700_000_000_124 }],
  ]
  it.each(other)('is refused when the signature was made for %s', (_, parts) => {
    expect(refusal(() => verifyChange({ ...change, ...parts }, signature, ada.publicKey, verifier))).toBe(
      'SIGNATURE_INVALID signature.value',
    )
  })

  it('is refused without a signature, or under the id of another key', () => {
    expect(refusal(() => verifyChange(change, undefined, ada.publicKey, verifier))).toBe(
      'SIGNATURE_MISSING signature',
    )
    const renamed = { ...signature, keyId: 'ffffffffffffffff' as KeyId }
    expect(refusal(() => verifyChange(change, renamed, ada.publicKey, verifier))).toBe(
      'SIGNATURE_INVALID signature',
    )
  })
})
