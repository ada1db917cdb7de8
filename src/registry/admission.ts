import { Encoder } from '../model/codec.js'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import type { Dependency, PackageMetadata } from '../model/metadata.js'
import { encodeMetadata } from '../model/metadata-codec.js'
import { foldName, formatPackageId, packageKey } from '../model/package-id.js'
import { parseRequirement } from '../model/requirement.js'

/** Requirement of an imported dependency that the registry's grammar cannot say (an URL, a tag); the original stands beside it. */
export const UNRESOLVABLE = 'unresolvable'

const KIND = /^[a-z][a-z0-9-]{0,63}$/

/**
 * What one version may say, before a byte of it is stored: sizes, counts, requirements, no dependency on itself.
 * Names, versions and digests were checked where the message was read.
 * @throws LIMIT_EXCEEDED, INVALID_ARGUMENT, INVALID_REQUIREMENT, SELF_DEPENDENCY
 */
export function checkMetadata(metadata: PackageMetadata): void {
  if (!KIND.test(metadata.kind)) throw badKind(metadata.kind)
  checkText(metadata.description, 'description', LIMITS.descriptionBytesMax)
  for (const name of ['license', 'repository', 'homepage', 'language'] as const)
    checkText(metadata[name], name)
  checkTexts(metadata.authors, 'authors', LIMITS.authorsMax)
  checkTexts(metadata.keywords, 'keywords', LIMITS.keywordsMax)
  checkTexts(metadata.categories, 'categories', LIMITS.categoriesMax)
  checkTexts(metadata.capabilities, 'capabilities', LIMITS.capabilitiesMax)
  checkCount(metadata.dependencies.length, 'dependencies', LIMITS.dependenciesMax)
  metadata.dependencies.forEach((dependency, at) => {
    checkDependency(metadata, dependency, `metadata.dependencies[${at}]`)
  })
  const out = scratch.reset()
  encodeMetadata(out, metadata)
  if (out.length > LIMITS.metadataBytesMax) {
    throw tooMuch(
      'metadata',
      `metadata of ${formatPackageId(metadata.id)} has ${out.length} bytes`,
      LIMITS.metadataBytesMax,
    )
  }
}

/** Used again for every version: nothing of it is kept. */
const scratch = new Encoder(16_384)

function checkDependency(metadata: PackageMetadata, dependency: Dependency, field: string): void {
  checkText(dependency.originalRequirement, `${field}.original_requirement`)
  if (dependency.requirement !== UNRESOLVABLE || dependency.originalRequirement === undefined)
    parseRequirement(dependency.requirement, { field: `${field}.requirement` })
  const { id } = metadata
  if (dependency.namespace !== id.namespace || foldName(dependency.name) !== foldName(id.name)) return
  throw new MarketplaceError({
    reason: 'SELF_DEPENDENCY',
    field,
    message: `${formatPackageId(id)} depends on itself`,
    help: `remove the dependency on ${packageKey(dependency)}`,
  })
}

function checkTexts(texts: readonly string[], name: string, countMax: number): void {
  checkCount(texts.length, name, countMax)
  texts.forEach((text, at) => {
    if (text === '') throw empty(`metadata.${name}[${at}]`)
    checkText(text, `${name}[${at}]`)
  })
}

function checkCount(count: number, name: string, max: number): void {
  if (count > max) throw tooMuch(`metadata.${name}`, `${count} ${name}`, max)
}

/** @throws LIMIT_EXCEEDED, INVALID_ARGUMENT */
export function checkText(
  text: string | undefined,
  name: string,
  bytesMax: number = LIMITS.textBytesMax,
): void {
  if (text === undefined) return
  const field = name.startsWith('metadata.') ? name : `metadata.${name}`
  if (text.includes('\0')) throw holdsNul(field)
  // A text of n UTF-16 units has n to 3n bytes: most need no counting.
  if (text.length * 3 <= bytesMax) return
  const bytes = Buffer.byteLength(text)
  if (bytes > bytesMax) throw tooMuch(field, `${field} has ${bytes} bytes`, bytesMax)
}

function tooMuch(field: string, message: string, max: number): MarketplaceError {
  return new MarketplaceError({
    reason: 'LIMIT_EXCEEDED',
    field,
    message: `${message}, the limit is ${max}`,
    help: 'shorten it; long texts belong in the readme',
    details: { limit: String(max) },
  })
}

function holdsNul(field: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field,
    message: `${field} holds a zero character`,
    help: 'send plain text',
  })
}

function empty(field: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field,
    message: `${field} is empty`,
    help: 'leave empty entries out',
  })
}

function badKind(kind: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: 'metadata.kind',
    message: `kind ${JSON.stringify(kind.slice(0, 100))} is not a lower-case word`,
    help: 'use template, validator, plugin, library, tool, or another word of a-z, digits and hyphens',
  })
}
