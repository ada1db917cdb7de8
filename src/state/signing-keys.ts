import type { KeyId } from '../model/metadata.js'
import { keys } from './key-layout.js'
import { bodyEncoder, readBody, type StateReader, type StateWriter } from './stored-value.js'

/** A public key that has signed something that was accepted. */
export interface SigningKey {
  readonly keyId: KeyId
  /** 32 bytes, Ed25519. */
  readonly publicKey: Uint8Array
  /** Log index and log time of its first accepted signature. */
  readonly firstIndex: number
  readonly firstSeenAtMs: number
}

export function readKey(reader: StateReader, keyId: KeyId): SigningKey | undefined {
  return readBody(reader, keys.key(keyId), (input) => ({
    keyId,
    publicKey: input.bytes().slice(),
    firstIndex: input.uint(),
    firstSeenAtMs: input.uint(),
  }))
}

export function writeKey(writer: StateWriter, key: SigningKey): void {
  const out = bodyEncoder().bytes(key.publicKey).uint(key.firstIndex).uint(key.firstSeenAtMs)
  writer.put(keys.key(key.keyId), out.view())
}
