import { defined } from './assert.js'
import { DecodeError, type Decoder, type Encoder } from './codec.js'
import type { Digest } from './content-hash.js'
import type { Dependency, DependencyKind, PackageMetadata } from './metadata.js'
import type { Namespace, PackageId, PackageName } from './package-id.js'
import type { Version } from './version.js'

const DEPENDENCY_KINDS: readonly DependencyKind[] = ['normal', 'optional', 'peer', 'build', 'dev']

export function encodePackageId(out: Encoder, id: PackageId): void {
  out.optional(id.namespace, (namespace) => out.text(namespace))
  out.text(id.name).text(id.version)
}

export function decodePackageId(input: Decoder): PackageId {
  const namespace = input.optional(() => input.text() as Namespace)
  return {
    namespace,
    name: input.text() as PackageName,
    version: input.text() as Version,
  }
}

export function encodeMetadata(out: Encoder, metadata: PackageMetadata): void {
  const text = (value: string) => out.text(value)
  encodePackageId(out, metadata.id)
  out.text(metadata.kind)
  out.optional(metadata.description, text)
  out.list(metadata.authors, text)
  out.optional(metadata.license, text).optional(metadata.repository, text).optional(metadata.homepage, text)
  out.list(metadata.keywords, text).list(metadata.categories, text)
  out.optional(metadata.language, text)
  out.list(metadata.capabilities, text)
  out.list(metadata.dependencies, (dependency) => encodeDependency(out, dependency))
  out.optional(metadata.readmeSha256, (digest) => out.hex(digest, 32))
}

export function decodeMetadata(input: Decoder): PackageMetadata {
  const text = () => input.text()
  const id = decodePackageId(input)
  const kind = input.text()
  const description = input.optional(text)
  const authors = input.list(text)
  const license = input.optional(text)
  const repository = input.optional(text)
  const homepage = input.optional(text)
  const keywords = input.list(text)
  const categories = input.list(text)
  const language = input.optional(text)
  const capabilities = input.list(text)
  const dependencies = input.list(() => decodeDependency(input))
  const readmeSha256 = input.optional(() => input.hex(32) as Digest)
  return {
    id,
    kind,
    description,
    authors,
    license,
    repository,
    homepage,
    keywords,
    categories,
    language,
    capabilities,
    dependencies,
    readmeSha256,
  }
}

/** What listings show of a version's metadata. */
export type ShownMetadata = Pick<PackageMetadata, 'id' | 'kind' | 'description' | 'license' | 'keywords'>

/** Reads what {@link encodeMetadata} wrote and keeps only what listings show: the rest is most of it, and is passed over. */
export function decodeShownMetadata(input: Decoder): ShownMetadata {
  const text = () => input.text()
  const id = decodePackageId(input)
  const kind = input.text()
  const description = input.optional(text)
  input.skipTexts() // authors
  const license = input.optional(text)
  input.skipOptionalText() // repository
  input.skipOptionalText() // homepage
  const keywords = input.list(text)
  input.skipTexts() // categories
  input.skipOptionalText() // language
  input.skipTexts() // capabilities
  for (let left = input.uint(); left > 0; left--) skipDependency(input)
  if (input.bool()) input.skip(32) // readmeSha256
  return { id, kind, description, license, keywords }
}

function encodeDependency(out: Encoder, dependency: Dependency): void {
  out.optional(dependency.namespace, (namespace) => out.text(namespace))
  out.text(dependency.name).text(dependency.requirement).byte(DEPENDENCY_KINDS.indexOf(dependency.kind))
  out.optional(dependency.originalRequirement, (original) => out.text(original))
}

function skipDependency(input: Decoder): void {
  input.skipOptionalText() // namespace
  input.skipText() // name
  input.skipText() // requirement
  input.skip(1) // kind
  input.skipOptionalText() // originalRequirement
}

function decodeDependency(input: Decoder): Dependency {
  const namespace = input.optional(() => input.text() as Namespace)
  const name = input.text() as PackageName
  const requirement = input.text()
  const kindCode = input.byte()
  if (kindCode >= DEPENDENCY_KINDS.length) throw new DecodeError(`dependency kind ${kindCode}`)
  const originalRequirement = input.optional(() => input.text())
  return {
    namespace,
    name,
    requirement,
    kind: defined(DEPENDENCY_KINDS[kindCode], 'dependency kind'),
    originalRequirement,
  }
}
