import { MarketplaceError } from './error.js'
import { LIMITS } from './limit.js'
import { parseVersion, type Version } from './version.js'

/** `[a-z0-9][a-z0-9-]{0,63}`. Made by {@link toNamespace} only. */
export type Namespace = string & { readonly __brand: 'Namespace' }
/** 1–128 of `[A-Za-z0-9._+-]`, first character alphanumeric. Made by {@link toPackageName} only. */
export type PackageName = string & { readonly __brand: 'PackageName' }
/** Identity of a package without version: `namespace/name`, or `name`. Made by {@link packageKey} only. */
export type PackageKey = string & { readonly __brand: 'PackageKey' }

/** Names one package. */
export interface PackageRef {
  readonly namespace?: Namespace
  readonly name: PackageName
}

/** Names one version of one package. Build metadata of the version is no part of its identity. */
export interface PackageId extends PackageRef {
  readonly version: Version
}

const NAMESPACE = /^[a-z0-9][a-z0-9-]*$/
const NAME = /^[A-Za-z0-9][A-Za-z0-9._+-]*$/

/** @throws INVALID_NAME */
export function toNamespace(text: string, field = 'namespace'): Namespace {
  if (text.length > LIMITS.namespaceLengthMax || !NAMESPACE.test(text)) {
    throw new MarketplaceError({
      reason: 'INVALID_NAME',
      field,
      message: `namespace ${quote(text)} is not valid`,
      help: `use 1 to ${LIMITS.namespaceLengthMax} lower-case letters, digits and hyphens, starting with a letter or digit`,
    })
  }
  return text as Namespace
}

/** @throws INVALID_NAME */
export function toPackageName(text: string, field = 'name'): PackageName {
  if (text.length > LIMITS.nameLengthMax || !NAME.test(text)) {
    throw new MarketplaceError({
      reason: 'INVALID_NAME',
      field,
      message: `package name ${quote(text)} is not valid`,
      help: `use 1 to ${LIMITS.nameLengthMax} letters, digits and . _ + -, starting with a letter or digit`,
    })
  }
  return text as PackageName
}

/**
 * Reads `name`, `namespace/name` or npm's `@scope/name`.
 * @throws INVALID_NAME
 */
export function parsePackageRef(text: string, field = 'name'): PackageRef {
  const plain = text.startsWith('@') ? text.slice(1) : text
  const slash = plain.indexOf('/')
  if (slash < 0) return { name: toPackageName(plain, field) }
  return {
    namespace: toNamespace(plain.slice(0, slash), field),
    name: toPackageName(plain.slice(slash + 1), field),
  }
}

/**
 * Reads `namespace/name@version`.
 * @throws INVALID_NAME, INVALID_VERSION
 */
export function parsePackageId(text: string, field = 'id'): PackageId {
  const { ref, rest } = splitAtVersion(text)
  return { ...parsePackageRef(ref, field), version: parseVersion(rest ?? '', field) }
}

/** Splits `name@rest` at the `@` that is not npm's scope sign. */
export function splitAtVersion(text: string): { ref: string; rest?: string } {
  const at = text.indexOf('@', 1)
  return at < 0 ? { ref: text } : { ref: text.slice(0, at), rest: text.slice(at + 1) }
}

export function packageKey(ref: PackageRef): PackageKey {
  return (ref.namespace === undefined ? ref.name : `${ref.namespace}/${ref.name}`) as PackageKey
}

/** How an id is shown: `acme/web-framework@1.2.0`. */
export function formatPackageId(id: PackageId): string {
  return `${packageKey(id)}@${id.version}`
}

/** The form under which spellings collide: lower case, `_` read as `-`. */
export function foldName(text: string): string {
  return text.toLowerCase().replaceAll('_', '-')
}

function quote(text: string): string {
  return JSON.stringify(text.length > 160 ? `${text.slice(0, 160)}…` : text)
}
