import type { PackageSummary, VersionSummary } from '../model/summary.js'
import { type Received, required, type Sent, textOrAbsent } from './message.js'
import {
  contentHashFromMessage,
  contentHashToMessage,
  packageIdFromMessage,
  packageIdToMessage,
} from './package-id-message.js'

export function versionSummaryToMessage(summary: VersionSummary): Sent<'VersionSummary'> {
  return {
    id: packageIdToMessage(summary.id),
    contentHash: summary.contentHash === undefined ? null : contentHashToMessage(summary.contentHash),
    sizeBytes: summary.sizeBytes,
    publishedAtMs: summary.publishedAtMs,
    publishedIndex: summary.publishedIndex,
    yanked: summary.yanked,
    yankReason: summary.yankReason ?? '',
    deprecated: summary.deprecated ?? '',
  }
}

/** @throws INVALID_ARGUMENT and others, where a server sent what this build does not understand. */
export function versionSummaryFromMessage(message: Received<'VersionSummary'>): VersionSummary {
  return {
    id: packageIdFromMessage(required(message.id, 'version.id'), 'version.id'),
    contentHash: hashOrAbsent(message.contentHash, 'version.content_hash'),
    sizeBytes: message.sizeBytes,
    publishedAtMs: message.publishedAtMs,
    publishedIndex: message.publishedIndex,
    yanked: message.yanked,
    yankReason: textOrAbsent(message.yankReason),
    deprecated: textOrAbsent(message.deprecated),
  }
}

export function packageSummaryToMessage(summary: PackageSummary): Sent<'PackageSummary'> {
  return {
    id: packageIdToMessage(summary.id),
    kind: summary.kind,
    description: summary.description ?? '',
    license: summary.license ?? '',
    keywords: [...summary.keywords],
    publishedAtMs: summary.publishedAtMs,
    contentHash: summary.contentHash === undefined ? null : contentHashToMessage(summary.contentHash),
    yanked: summary.yanked,
    deprecated: summary.deprecated ?? '',
  }
}

/** @throws INVALID_ARGUMENT and others, where a server sent what this build does not understand. */
export function packageSummaryFromMessage(message: Received<'PackageSummary'>): PackageSummary {
  return {
    id: packageIdFromMessage(required(message.id, 'package.id'), 'package.id'),
    kind: message.kind,
    description: textOrAbsent(message.description),
    license: textOrAbsent(message.license),
    keywords: message.keywords,
    publishedAtMs: message.publishedAtMs,
    contentHash: hashOrAbsent(message.contentHash, 'package.content_hash'),
    yanked: message.yanked,
    deprecated: textOrAbsent(message.deprecated),
  }
}

function hashOrAbsent(message: Received<'ContentHash'> | null, field: string) {
  return message === null ? undefined : contentHashFromMessage(message, field)
}
