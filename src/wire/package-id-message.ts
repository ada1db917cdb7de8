import { type ContentHash, toDigest } from '../model/content-hash.js'
import {
  type PackageId,
  type PackageRef,
  parsePackageRef,
  toNamespace,
  toPackageName,
} from '../model/package-id.js'
import type { PackageQuery } from '../model/read-demand.js'
import { parseVersion } from '../model/version.js'
import { type Received, type Sent, textOrAbsent, toEnum } from './message.js'

/**
 * Strict: namespace and name each in their own field, as metadata and signed forms have them.
 * @throws INVALID_NAME, INVALID_VERSION
 */
export function packageIdFromMessage(message: Received<'PackageId'>, field: string): PackageId {
  const namespace = textOrAbsent(message.namespace)
  return {
    namespace: namespace === undefined ? undefined : toNamespace(namespace, `${field}.namespace`),
    name: toPackageName(message.name, `${field}.name`),
    version: parseVersion(message.version, `${field}.version`),
  }
}

/**
 * For reads: `namespace/name` and npm's `@scope/name` are understood in the name, an empty version is left open.
 * @throws INVALID_NAME, INVALID_VERSION
 */
export function packageQueryFromMessage(message: Received<'PackageId'>, field: string): PackageQuery {
  const ref = packageRefFromMessage(message, field)
  const version = textOrAbsent(message.version)
  return { ...ref, version: version === undefined ? undefined : parseVersion(version, `${field}.version`) }
}

/** @throws INVALID_NAME */
export function packageRefFromMessage(message: Received<'PackageRef'>, field: string): PackageRef {
  const namespace = textOrAbsent(message.namespace)
  if (namespace === undefined) return parsePackageRef(message.name, `${field}.name`)
  return {
    namespace: toNamespace(namespace, `${field}.namespace`),
    name: toPackageName(message.name, `${field}.name`),
  }
}

export function packageRefToMessage(ref: PackageRef): Sent<'PackageRef'> {
  return { namespace: ref.namespace ?? '', name: ref.name }
}

export function packageQueryToMessage(query: PackageQuery): Sent<'PackageId'> {
  return { namespace: query.namespace ?? '', name: query.name, version: query.version ?? '' }
}

export function packageIdToMessage(id: PackageId): Sent<'PackageId'> {
  return packageQueryToMessage(id)
}

const HASH_ALGORITHMS = new Map<string, ContentHash['algorithm']>([
  ['HASH_ALGORITHM_UNSPECIFIED', 'sha256'],
  ['HASH_ALGORITHM_SHA256', 'sha256'],
])

/** @throws INVALID_ARGUMENT */
export function contentHashFromMessage(message: Received<'ContentHash'>, field: string): ContentHash {
  return {
    algorithm: toEnum(HASH_ALGORITHMS, message.algorithm, `${field}.algorithm`),
    digest: toDigest(message.digest, `${field}.digest`),
  }
}

export function contentHashToMessage(hash: ContentHash): Sent<'ContentHash'> {
  return { algorithm: 'HASH_ALGORITHM_SHA256', digest: hash.digest }
}
