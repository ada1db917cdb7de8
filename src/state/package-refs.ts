import type { Decoder, Encoder } from '../model/codec.js'
import type { Namespace, PackageName, PackageRef } from '../model/package-id.js'
import { bodyEncoder } from './stored-value.js'

/**
 * A package's name as index entries hold it: with its spelling, which the key has folded away. Valid until the
 * next body is encoded.
 */
export function encodeRef(ref: PackageRef): Uint8Array {
  const out = bodyEncoder()
  writeRef(out, ref)
  return out.view()
}

export function writeRef(out: Encoder, ref: PackageRef): void {
  out.optional(ref.namespace, (namespace) => out.text(namespace)).text(ref.name)
}

export function decodeRef(input: Decoder): PackageRef {
  const namespace = input.optional(() => input.text() as Namespace)
  const name = input.text() as PackageName
  return { ...(namespace === undefined ? {} : { namespace }), name }
}
