import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { bytesToHex, hexToBytes } from '../model/codec.js'
import type { ContentHash } from '../model/content-hash.js'
import type { KeyId, PackageMetadata } from '../model/metadata.js'
import { OpensslVerifier } from './openssl-verifier.js'
import { PortableVerifier } from './portable-verifier.js'
import {
  type Change,
  changeForm,
  type OwnerChange,
  ownerChangeForm,
  publishForm,
  signedFormSha256,
} from './signed-form.js'
import { Ed25519Signer, portableSigner } from './signer.js'

interface SignedVector {
  readonly description: string
  readonly key: { readonly seed: string; readonly publicKey: string; readonly keyId: string }
  readonly form: string
  readonly formBase64: string
  readonly formSha256: string
  readonly signature: string
}

function vectors<T>(name: string): (T & { readonly description: string })[] {
  const url = new URL(`../../proto/test-vectors/${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(url, 'utf8')).vectors
}

function holds(vector: SignedVector, form: Uint8Array): void {
  expect(new TextDecoder().decode(form)).toBe(vector.form)
  expect(Buffer.from(form).toString('base64')).toBe(vector.formBase64)
  expect(signedFormSha256(form)).toBe(vector.formSha256)
  const seed = hexToBytes(vector.key.seed)
  for (const signer of [Ed25519Signer.fromSeed(seed), portableSigner(seed)]) {
    expect(signer.keyId).toBe(vector.key.keyId)
    expect(bytesToHex(signer.publicKey)).toBe(vector.key.publicKey)
    expect(bytesToHex(signer.sign(form).value)).toBe(vector.signature)
  }
}

type PublishVector = SignedVector & {
  readonly metadata: Partial<PackageMetadata> & Pick<PackageMetadata, 'id' | 'kind'>
  readonly contentHash?: ContentHash
}
const publishes = vectors<PublishVector>('publish')
const changes = vectors<SignedVector & { readonly change: Change }>('change')
type OwnerVector = SignedVector & {
  readonly change: Omit<OwnerChange, 'owner'> & {
    readonly owner: { readonly publicKey?: string; readonly keyId?: KeyId }
  }
}
const ownerChanges = vectors<OwnerVector>('owner-change')
const verdicts = vectors<{ publicKey: string; message: string; signature: string; valid: boolean }>('verify')

describe('the published test vectors', () => {
  it('are all there', () => {
    const all = [publishes, changes, ownerChanges, verdicts]
    expect(all.map((each) => each.length)).toEqual([3, 5, 3, 15])
  })

  it.each(publishes)('publish: $description', (vector) => {
    const none = { authors: [], keywords: [], categories: [], capabilities: [], dependencies: [] }
    holds(vector, publishForm({ ...none, ...vector.metadata }, vector.contentHash))
  })

  it.each(changes)('change: $description', (vector) => {
    holds(vector, changeForm(vector.change))
  })

  it.each(ownerChanges)('change of owners: $description', (vector) => {
    const { publicKey, keyId } = vector.change.owner
    const owner = keyId === undefined ? { publicKey: hexToBytes(publicKey ?? '') } : { keyId }
    holds(vector, ownerChangeForm({ ...vector.change, owner }))
  })

  it.each(verdicts)('verify: $description', ({ publicKey, message, signature, valid }) => {
    for (const verifier of [new OpensslVerifier(), new PortableVerifier()])
      expect(verifier.verify(hexToBytes(publicKey), hexToBytes(message), hexToBytes(signature))).toBe(valid)
  })
})
