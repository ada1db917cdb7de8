import { assertNever, defined } from '../model/assert.js'
import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import type { Dependency, DependencyKind, PackageMetadata } from '../model/metadata.js'
import {
  type PackageId,
  packageKey,
  parsePackageRef,
  toNamespace,
  toPackageName,
} from '../model/package-id.js'
import { parseVersion } from '../model/version.js'
import { readCargoToml } from './cargo-toml.js'
import { readPackageJson } from './package-json.js'
import { readPackageToml } from './package-toml.js'
import { manifestInvalid, type RawDependency, type RawManifest } from './raw-manifest.js'

/** The files that say what a package is, in the order in which they are looked for. */
export const MANIFEST_NAMES = ['package.toml', 'package.json', 'Cargo.toml'] as const
export type ManifestName = (typeof MANIFEST_NAMES)[number]

/** What a manifest says, in the registry's terms. */
export interface Manifest {
  readonly file: ManifestName
  /** Complete but for the readme's hash. */
  readonly metadata: PackageMetadata
  /** Fields that the manifest itself states; the others are defaults. */
  readonly stated: ReadonlySet<keyof PackageMetadata>
  /** Dependencies that this registry cannot hold: impossible names, the package itself; as written. Only with `foreign: 'keep'`. */
  readonly dropped: readonly string[]
  /** The words in which it says that the package is not to be published (`"private": true`), where it does. */
  readonly keptPrivate: string | undefined
}

/** The requirement of a dependency that names no version range: a url, a path, a tag, an alias. */
export const UNRESOLVABLE = 'unresolvable'

export interface ManifestOptions {
  /**
   * What becomes of dependencies that this registry cannot express. `refuse` (default): an error, as on publish. `keep`: requirements
   * become `unresolvable`, impossible names and a package's dependency on itself are dropped and listed, as on import and when a server reads what it was sent.
   */
  readonly foreign?: 'refuse' | 'keep'
}

/**
 * Reads the manifest of highest precedence among the files of a package's top folder.
 * @throws FILE_INVALID, INVALID_NAME, INVALID_VERSION, INVALID_REQUIREMENT
 */
export function readManifest(
  files: ReadonlyMap<ManifestName, Uint8Array>,
  options: ManifestOptions = {},
): Manifest | undefined {
  const file = MANIFEST_NAMES.find((name) => files.has(name))
  if (file === undefined) return undefined
  const raw = readRaw(file, decodeText(file, defined(files.get(file), file)))
  const keep = options.foreign === 'keep'
  const dropped: string[] = []
  const dependencies: Dependency[] = []
  const id = toId(raw, file)
  for (const each of raw.dependencies) {
    if (!keep) dependencies.push(toDependency(each, file))
    else if (isPossible(each.name, id)) dependencies.push(toDependency(each, undefined))
    else dropped.push(each.name)
  }
  return {
    file,
    metadata: {
      id,
      kind: raw.kind ?? 'library',
      ...definedFields(raw),
      authors: raw.authors,
      keywords: raw.keywords,
      categories: raw.categories,
      capabilities: raw.capabilities,
      dependencies: inOrder(dependencies),
    },
    stated: statedFields(raw),
    dropped,
    keptPrivate: raw.keptPrivate,
  }
}

/** The metadata to publish: what the manifest says, and the readme's hash. */
export function toMetadata(manifest: Manifest, readmeSha256: Digest | undefined): PackageMetadata {
  return readmeSha256 === undefined ? manifest.metadata : { ...manifest.metadata, readmeSha256 }
}

function readRaw(file: ManifestName, text: string): RawManifest {
  switch (file) {
    case 'package.toml':
      return readPackageToml(text)
    case 'package.json':
      return readPackageJson(text)
    case 'Cargo.toml':
      return readCargoToml(text)
    default:
      return assertNever(file, 'manifest')
  }
}

function toId(raw: RawManifest, file: ManifestName): PackageId {
  if (raw.name === undefined) throw missing(file, 'name')
  if (raw.version === undefined) throw missing(file, 'version')
  const version = parseVersion(raw.version, `${file}: version`)
  if (raw.namespace === undefined) return { ...parsePackageRef(raw.name, `${file}: name`), version }
  const namespace = toNamespace(raw.namespace, `${file}: namespace`)
  return { namespace, name: toPackageName(raw.name, `${file}: name`), version }
}

function definedFields(raw: RawManifest): Partial<PackageMetadata> {
  const language = raw.language ?? raw.defaultLanguage
  return {
    ...(raw.description !== undefined && { description: raw.description }),
    ...(raw.license !== undefined && { license: raw.license }),
    ...(raw.repository !== undefined && { repository: raw.repository }),
    ...(raw.homepage !== undefined && { homepage: raw.homepage }),
    ...(language !== undefined && { language }),
  }
}

function statedFields(raw: RawManifest): ReadonlySet<keyof PackageMetadata> {
  const stated = new Set<keyof PackageMetadata>(['id', 'dependencies'])
  for (const field of ['kind', 'description', 'license', 'repository', 'homepage', 'language'] as const)
    if (raw[field] !== undefined) stated.add(field)
  for (const field of ['authors', 'keywords', 'categories', 'capabilities'] as const)
    if (raw[field].length > 0) stated.add(field)
  return stated
}

/** @param strictIn the file to name in the error, or undefined where what cannot be said is kept as unresolvable */
function toDependency(raw: RawDependency, strictIn: ManifestName | undefined): Dependency {
  const field = strictIn === undefined ? 'dependencies' : `${strictIn}: dependencies.${raw.name}`
  if (raw.requirement === undefined && strictIn !== undefined) {
    throw new MarketplaceError({
      reason: 'INVALID_REQUIREMENT',
      field,
      message: `dependency ${raw.name} asks for ${JSON.stringify(raw.original)}, which is no range of versions`,
      help: 'name a range such as ^1.2.0: a url, path, tag or alias means something else on every machine',
    })
  }
  const requirement = raw.requirement ?? UNRESOLVABLE
  return {
    ...parsePackageRef(raw.name, field),
    requirement,
    kind: raw.kind,
    // An empty original cannot be told from an absent one on the wire.
    ...(raw.original !== requirement && raw.original !== '' && { originalRequirement: raw.original }),
  }
}

const KIND_ORDER: readonly DependencyKind[] = ['normal', 'optional', 'peer', 'build', 'dev']

/** By kind, then by name, each (kind, name, requirement) once: the order in a manifest means nothing. */
function inOrder(dependencies: readonly Dependency[]): readonly Dependency[] {
  const byKey = new Map<string, Dependency>()
  for (const each of dependencies) byKey.set(dependencyKey(each), each)
  return [...byKey.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each)
}

/** What makes two dependencies the same; sorts by kind first. */
export function dependencyKey(dependency: Dependency): string {
  return JSON.stringify([KIND_ORDER.indexOf(dependency.kind), packageKey(dependency), dependency.requirement])
}

/** npm packages may be built with an older self, and have names that do not exist here. */
function isPossible(name: string, self: PackageId): boolean {
  try {
    return packageKey(parsePackageRef(name)) !== packageKey(self)
  } catch (error) {
    if (error instanceof MarketplaceError) return false
    throw error
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true })

function decodeText(file: ManifestName, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    throw manifestInvalid(file, 'it is not UTF-8', cause)
  }
}

function missing(file: ManifestName, field: string): MarketplaceError {
  return manifestInvalid(file, `it has no ${field}`, undefined, field)
}
