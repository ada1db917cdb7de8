import { type Decoder, Encoder } from '../model/codec.js'
import type { Namespace, PackageName, PackageRef } from '../model/package-id.js'

/** A package's name as index entries hold it: with its spelling, which the key has folded away. */
export function encodeRef(ref: PackageRef): Uint8Array {
  const out = new Encoder(64)
  out.optional(ref.namespace, (namespace) => out.text(namespace)).text(ref.name)
  return out.finish()
}

export function decodeRef(input: Decoder): PackageRef {
  const namespace = input.optional(() => input.text() as Namespace)
  const name = input.text() as PackageName
  return { ...(namespace === undefined ? {} : { namespace }), name }
}
