import type { InstalledVersion } from '../interface/registry.js'
import { type ContentHash, toDigest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import type { PackageMetadata } from '../model/metadata.js'
import type { OwnerScope } from '../model/owner-scope.js'
import {
  type PackageId,
  type PackageRef,
  parsePackageRef,
  toNamespace,
  toPackageName,
} from '../model/package-id.js'
import type { PackageQuery } from '../model/read-demand.js'
import type { ResolveRequest } from '../model/resolution.js'
import type { SignedChange, SignedOwnerChange, SignedVersion } from '../model/signed-write.js'
import { parseVersion } from '../model/version.js'

/*
 * What a program gives to a registry in its own process. Types promise that names are names, but nothing holds a program to them that
 * was not compiled, and what stands in the log once is read by every start from then on. So it is read here as a node reads a
 * message: same rules, same reasons, same fields.
 */

const DEPENDENCY_KINDS: readonly string[] = ['normal', 'optional', 'peer', 'build', 'dev']

/** For reads; `namespace/name` and npm's `@scope/name` are understood in the name. @throws INVALID_NAME */
export function givenRef({ namespace, name }: PackageRef, field = 'ref'): PackageRef {
  if (isAbsent(namespace)) return parsePackageRef(name, `${field}.name`)
  return {
    namespace: toNamespace(namespace, `${field}.namespace`),
    name: toPackageName(name, `${field}.name`),
  }
}

/** An empty version is left open. @throws INVALID_NAME, INVALID_VERSION */
export function givenQuery(query: PackageQuery, field = 'id'): PackageQuery {
  const ref = givenRef(query, field)
  return isAbsent(query.version) ? ref : { ...ref, version: parseVersion(query.version, `${field}.version`) }
}

/** @throws INVALID_NAME, INVALID_VERSION */
function givenId({ namespace, name, version }: PackageId, field: string): PackageId {
  return {
    ...(isAbsent(namespace) ? {} : { namespace: toNamespace(namespace, `${field}.namespace`) }),
    name: toPackageName(name, `${field}.name`),
    version: parseVersion(version, `${field}.version`),
  }
}

/** @throws INVALID_NAME, INVALID_ARGUMENT */
export function givenScope({ namespace, name }: OwnerScope, field = 'scope'): OwnerScope {
  if (isAbsent(name)) {
    if (!isAbsent(namespace)) return { namespace: toNamespace(namespace, `${field}.namespace`) }
    throw new MarketplaceError({
      reason: 'INVALID_ARGUMENT',
      field,
      message: `${field} names neither a package nor a namespace`,
      help: 'set its name, its namespace, or both',
    })
  }
  return {
    ...(isAbsent(namespace) ? {} : { namespace: toNamespace(namespace, `${field}.namespace`) }),
    name: toPackageName(name, `${field}.name`),
  }
}

/** @throws INVALID_NAME, INVALID_VERSION, INVALID_ARGUMENT */
export function givenVersion<T extends SignedVersion>(version: T): T {
  const { contentHash } = version
  return {
    ...version,
    metadata: givenMetadata(version.metadata),
    ...(contentHash === undefined ? {} : { contentHash: givenHash(contentHash) }),
  }
}

/** Empty texts are absent ones, as they are to who signs. */
function givenMetadata(metadata: PackageMetadata): PackageMetadata {
  const { description, license, repository, homepage, language, readmeSha256 } = metadata
  return {
    ...metadata,
    id: givenId(metadata.id, 'metadata.id'),
    description: textOrAbsent(description),
    license: textOrAbsent(license),
    repository: textOrAbsent(repository),
    homepage: textOrAbsent(homepage),
    language: textOrAbsent(language),
    readmeSha256: isAbsent(readmeSha256) ? undefined : toDigest(readmeSha256, 'metadata.readme_sha256'),
    dependencies: metadata.dependencies.map((each, at) => {
      const field = `metadata.dependencies[${at}]`
      if (!DEPENDENCY_KINDS.includes(each.kind)) throw unknown(`${field}.kind`, each.kind, DEPENDENCY_KINDS)
      return {
        ...each,
        namespace: isAbsent(each.namespace) ? undefined : toNamespace(each.namespace, `${field}.namespace`),
        name: toPackageName(each.name, `${field}.name`),
        originalRequirement: textOrAbsent(each.originalRequirement),
      }
    }),
  }
}

function givenHash({ algorithm, digest }: ContentHash): ContentHash {
  if (algorithm !== 'sha256') throw unknown('content_hash.algorithm', algorithm, ['sha256'])
  return { algorithm, digest: toDigest(digest, 'content_hash.digest') }
}

/** @throws INVALID_NAME, INVALID_VERSION */
export function givenChange(change: SignedChange, action: SignedChange['action']): SignedChange {
  return { ...change, action, id: givenId(change.id, 'id') }
}

/** @throws INVALID_NAME, INVALID_ARGUMENT */
export function givenOwnerChange(
  change: SignedOwnerChange,
  action: SignedOwnerChange['action'],
): SignedOwnerChange {
  const { owner } = change
  if ('keyId' in owner !== (action === 'removeOwner'))
    throw invalid('owner', `${action} was given ${'keyId' in owner ? 'a key id' : 'a public key'}`)
  if ('keyId' in owner && !/^[0-9a-f]{16}$/.test(owner.keyId))
    throw invalid('owner_key_id', `owner_key_id ${JSON.stringify(owner.keyId.slice(0, 64))} is no key id`)
  return { ...change, action, scope: givenScope(change.scope) }
}

/** @throws INVALID_NAME, INVALID_VERSION */
export function givenRequest({ roots, locked = [], optional = false }: ResolveRequest): ResolveRequest {
  return {
    roots: roots.map((root, at) => ({ ...root, ref: givenRef(root.ref, `roots[${at}].ref`) })),
    locked: locked.map((id, at) => givenId(id, `locked[${at}]`)),
    optional,
  }
}

/** @throws INVALID_NAME, INVALID_VERSION */
export function givenInstalled(installed: readonly InstalledVersion[]): readonly InstalledVersion[] {
  return installed.map((each, at) => ({ ...each, id: givenId(each.id, `installed[${at}].id`) }))
}

function isAbsent(text: string | undefined): text is undefined {
  return text === undefined || text === ''
}

function textOrAbsent(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

function unknown(field: string, value: string, known: readonly string[]): MarketplaceError {
  return invalid(field, `${field} ${JSON.stringify(value)} is unknown`, `use one of ${known.join(', ')}`)
}

function invalid(
  field: string,
  message: string,
  help = 'a removal names the key id of the owner, 16 lower-case hex digits; the others the raw key',
): MarketplaceError {
  return new MarketplaceError({ reason: 'INVALID_ARGUMENT', field, message, help })
}
