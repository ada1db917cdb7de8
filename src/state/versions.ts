import type { Decoder } from '../model/codec.js'
import {
  decodeContent,
  decodeShownContent,
  decodeSignatures,
  encodeContent,
  encodeSignatures,
  skipSignatures,
} from '../model/command.js'
import type { Digest } from '../model/content-hash.js'
import type { ContentDigests, PackageVersion } from '../model/metadata.js'
import {
  decodeMetadata,
  decodeShownMetadata,
  encodeMetadata,
  type ShownMetadata,
} from '../model/metadata-codec.js'
import type { PackageId } from '../model/package-id.js'
import { keys } from './key-layout.js'
import { bodyEncoder, readBody, type StateReader, type StateWriter } from './stored-value.js'

/** Reads by identity: build metadata of the wanted version plays no part. */
export function readVersion(reader: StateReader, id: PackageId): PackageVersion | undefined {
  return readBody(reader, keys.version(id, id.version), decodeVersion)
}

/** What listings show of a version; every {@link PackageVersion} has it. */
export interface ShownVersion {
  readonly metadata: ShownMetadata
  readonly content?: Pick<ContentDigests, 'sha256' | 'sizeBytes'> | undefined
  readonly publishedAtMs: number
  readonly publishedIndex: number
  readonly yanked: boolean
  readonly yankReason?: string | undefined
  readonly deprecated?: string | undefined
}

/** As {@link readVersion}, at a fraction of its cost. */
export function readShownVersion(reader: StateReader, id: PackageId): ShownVersion | undefined {
  return readBody(reader, keys.version(id, id.version), decodeShownVersion)
}

export function writeVersion(writer: StateWriter, version: PackageVersion): void {
  const { id } = version.metadata
  writer.put(keys.version(id, id.version), encodeVersion(version))
}

/**
 * What can change comes first; what is signed follows and never changes. Valid until the next body is encoded.
 */
export function encodeVersion(version: PackageVersion): Uint8Array {
  const out = bodyEncoder()
  out.bool(version.yanked)
  out.optional(version.yankReason, (text) => out.text(text))
  out.optional(version.deprecated, (text) => out.text(text))
  out.uint(version.publishedAtMs).uint(version.publishedIndex).hex(version.signedFormSha256, 32)
  encodeMetadata(out, version.metadata)
  encodeSignatures(out, version.signatures)
  out.optional(version.content, (content) => encodeContent(out, content))
  return out.view()
}

export function decodeVersion(input: Decoder): PackageVersion {
  const yanked = input.bool()
  const yankReason = input.optional(() => input.text())
  const deprecated = input.optional(() => input.text())
  const publishedAtMs = input.uint()
  const publishedIndex = input.uint()
  const signedFormSha256 = input.hex(32) as Digest
  const metadata = decodeMetadata(input)
  // Slices of the store's buffer would keep it alive and are not ours to hand out.
  const signatures = decodeSignatures(input).map((each) => ({ ...each, value: each.value.slice() }))
  const content = input.optional(() => decodeContent(input))
  return {
    metadata,
    signatures,
    ...(content === undefined ? {} : { content }),
    publishedAtMs,
    publishedIndex,
    yanked,
    ...(yankReason === undefined ? {} : { yankReason }),
    ...(deprecated === undefined ? {} : { deprecated }),
    signedFormSha256,
  }
}

function decodeShownVersion(input: Decoder): ShownVersion {
  const yanked = input.bool()
  const yankReason = input.optional(() => input.text())
  const deprecated = input.optional(() => input.text())
  const publishedAtMs = input.uint()
  const publishedIndex = input.uint()
  input.skip(32) // signedFormSha256
  const metadata = decodeShownMetadata(input)
  skipSignatures(input)
  const content = input.optional(() => decodeShownContent(input))
  return { metadata, content, publishedAtMs, publishedIndex, yanked, yankReason, deprecated }
}
