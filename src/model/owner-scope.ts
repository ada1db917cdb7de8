import { assert } from './assert.js'
import { DecodeError, type Decoder, type Encoder } from './codec.js'
import type { Namespace, PackageName, PackageRef } from './package-id.js'
import { packageKey } from './package-id.js'

/** What owners own: a package, or a whole namespace where no name is given. */
export type OwnerScope = PackageRef | { readonly namespace: Namespace; readonly name?: undefined }

/** As messages and errors name it: `acme/web`, `zlib`, or `acme/` for a namespace. */
export function formatOwnerScope(scope: OwnerScope): string {
  return scope.name === undefined ? `${scope.namespace}/` : packageKey(scope)
}

export function encodeOwnerScope(out: Encoder, scope: OwnerScope): void {
  // What cannot be read again must not be written: it would end every start that replays it.
  assert(scope.namespace !== undefined || scope.name !== undefined, 'an owner scope names something')
  out.optional(scope.namespace, (namespace) => out.text(namespace))
  out.optional(scope.name, (name) => out.text(name))
}

/** @throws DecodeError */
export function decodeOwnerScope(input: Decoder): OwnerScope {
  const namespace = input.optional(() => input.text() as Namespace)
  const name = input.optional(() => input.text() as PackageName)
  if (name !== undefined) return { ...(namespace === undefined ? {} : { namespace }), name }
  if (namespace === undefined) throw new DecodeError('an owner scope without namespace and name')
  return { namespace }
}
