import type { ContentHash } from '../model/content-hash.js'
import type { PackageMetadata, PackageVersion } from '../model/metadata.js'
import { formatPackageId, type PackageId } from '../model/package-id.js'
import { formatBytes } from './progress.js'

/** An id as JSON shows it. */
export function shownId(id: PackageId): Record<string, string> {
  return {
    ...(id.namespace !== undefined && { namespace: id.namespace }),
    name: id.name,
    version: id.version,
  }
}

export function shownHash(hash: ContentHash | undefined): Record<string, unknown> {
  return hash === undefined ? {} : { contentHash: { algorithm: hash.algorithm, digest: hash.digest } }
}

/** One version as `info --json` shows it, index aside. */
export function shownVersion(version: PackageVersion): Record<string, unknown> {
  const { metadata, content } = version
  return {
    ...shownMetadata(metadata),
    ...shownHash(content && { algorithm: 'sha256', digest: content.sha256 }),
    ...(content !== undefined && {
      sizeBytes: content.sizeBytes,
      sha1: content.sha1,
      sha512: content.sha512,
    }),
    keyIds: version.signatures.map((signature) => signature.keyId),
    publishedAt: new Date(version.publishedAtMs).toISOString(),
    yanked: version.yanked,
    ...(version.yankReason !== undefined && { yankReason: version.yankReason }),
    ...(version.deprecated !== undefined && { deprecated: version.deprecated }),
  }
}

function shownMetadata(metadata: PackageMetadata): Record<string, unknown> {
  const { id, dependencies, ...rest } = metadata
  return { id: shownId(id), ...rest, dependencies: dependencies.map((each) => ({ ...each })) }
}

/** One version for people. */
export function describeVersion(version: PackageVersion): string[] {
  const { metadata, content } = version
  const lines = [
    `${formatPackageId(metadata.id)}  ${metadata.kind}${metadata.license ? `, ${metadata.license}` : ''}`,
  ]
  const add = (label: string, value: string | undefined) => {
    if (value !== undefined && value !== '') lines.push(`${`${label}:`.padEnd(14)}${value}`)
  }
  if (version.yanked) add('yanked', version.yankReason ?? 'yes')
  add('deprecated', version.deprecated)
  add('description', metadata.description)
  add('authors', metadata.authors.join(', '))
  add('homepage', metadata.homepage)
  add('repository', metadata.repository)
  add('keywords', metadata.keywords.join(', '))
  add('language', metadata.language)
  add('capabilities', metadata.capabilities.join(', '))
  add('published', new Date(version.publishedAtMs).toISOString())
  add('signed by', version.signatures.map((signature) => signature.keyId).join(', '))
  add('content', content && `sha256 ${content.sha256}, ${formatBytes(content.sizeBytes)}`)
  for (const each of metadata.dependencies) {
    const name = each.namespace === undefined ? each.name : `${each.namespace}/${each.name}`
    add(each.kind === 'normal' ? 'depends on' : each.kind, `${name} ${each.requirement}`)
  }
  return lines
}
