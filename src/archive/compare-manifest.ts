import { MarketplaceError } from '../model/error.js'
import type { PackageMetadata } from '../model/metadata.js'
import { formatPackageId, packageKey } from '../model/package-id.js'
import { versionIdentity } from '../model/version.js'
import { dependencyKey, type Manifest } from './manifest.js'

/**
 * Holds metadata against the manifest inside the archive. Id and dependencies must be the same (dependencies in any order); of the
 * other fields those that the manifest states. What the manifest leaves open the metadata may fill in.
 * @throws MANIFEST_MISMATCH naming the field
 */
export function compareManifest(manifest: Manifest, metadata: PackageMetadata): void {
  const inside = manifest.metadata
  if (packageKey(inside.id) !== packageKey(metadata.id) || version(inside) !== version(metadata))
    throw mismatch(manifest, 'id', formatPackageId(inside.id), formatPackageId(metadata.id))
  compareDependencies(manifest, metadata)
  for (const field of ['kind', 'description', 'license', 'repository', 'homepage', 'language'] as const) {
    if (manifest.stated.has(field) && inside[field] !== metadata[field])
      throw mismatch(manifest, field, inside[field], metadata[field])
  }
  for (const field of ['authors', 'keywords', 'categories', 'capabilities'] as const) {
    if (manifest.stated.has(field) && JSON.stringify(inside[field]) !== JSON.stringify(metadata[field]))
      throw mismatch(manifest, field, inside[field].join(', '), metadata[field].join(', '))
  }
}

function version(metadata: PackageMetadata): string {
  return versionIdentity(metadata.id.version)
}

function compareDependencies(manifest: Manifest, metadata: PackageMetadata): void {
  const inside = new Set(manifest.metadata.dependencies.map(dependencyKey))
  const given = new Set(metadata.dependencies.map(dependencyKey))
  for (const each of manifest.metadata.dependencies)
    if (!given.has(dependencyKey(each))) throw mismatch(manifest, 'dependencies', shown(each), undefined)
  for (const each of metadata.dependencies)
    if (!inside.has(dependencyKey(each))) throw mismatch(manifest, 'dependencies', undefined, shown(each))
}

function shown(dependency: PackageMetadata['dependencies'][number]): string {
  return `${packageKey(dependency)} ${dependency.requirement} (${dependency.kind})`
}

function mismatch(
  manifest: Manifest,
  field: keyof PackageMetadata,
  inside: string | undefined,
  given: string | undefined,
): MarketplaceError {
  const say = (value: string | undefined) =>
    value === undefined ? 'nothing' : JSON.stringify(value.slice(0, 300))
  return new MarketplaceError({
    reason: 'MANIFEST_MISMATCH',
    field: `metadata.${field}`,
    message: `${manifest.file} in the archive and the metadata differ in ${field}: ${say(inside)} against ${say(given)}`,
    help: `send metadata that says what ${manifest.file} says; \`ggen-market publish\` reads it from there`,
  })
}
