import { MarketplaceError } from '../model/error.js'
import type { DependencyKind } from '../model/metadata.js'

/** A manifest as written: nothing is judged yet. Absent and empty text is undefined. */
export interface RawManifest {
  readonly name: string | undefined
  readonly namespace: string | undefined
  readonly version: string | undefined
  readonly kind: string | undefined
  readonly description: string | undefined
  readonly authors: readonly string[]
  readonly license: string | undefined
  readonly repository: string | undefined
  readonly homepage: string | undefined
  readonly keywords: readonly string[]
  readonly categories: readonly string[]
  readonly language: string | undefined
  readonly capabilities: readonly string[]
  readonly dependencies: readonly RawDependency[]
  /** The words in which it says that the package is not to be published, where it does. */
  readonly keptPrivate: string | undefined
  /** What the packages of this sort of manifest are written in. */
  readonly defaultLanguage: string | undefined
}

export interface RawDependency {
  /** With its namespace, as `@scope/x` or `namespace/x`. */
  readonly name: string
  readonly kind: DependencyKind
  /** As written. */
  readonly original: string
  /** In the registry's grammar; undefined where it cannot be said in it. */
  readonly requirement: string | undefined
}

export function manifestInvalid(
  file: string,
  why: string,
  cause?: unknown,
  field?: string,
): MarketplaceError {
  return new MarketplaceError({
    reason: 'FILE_INVALID',
    field: field === undefined ? file : `${file}: ${field}`,
    message: `${file} cannot be read: ${why}`,
    help: `correct ${file}; it needs at least a name and a version`,
    cause,
  })
}
