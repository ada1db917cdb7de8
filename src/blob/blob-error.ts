import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import { FileError } from '../runtime/file-system.js'
import type { BlobInfo } from './blob-store.js'

/** What a writer says of the bytes that it is about to send. */
export interface Expectation {
  readonly digest?: Digest
  readonly sizeBytes?: number
}

export function blobNotFound(digest: Digest): MarketplaceError {
  return new MarketplaceError({
    reason: 'BLOB_NOT_FOUND',
    message: `no blob ${digest} is held`,
    help: 'check the digest, or upload the blob first',
    field: 'contentHash',
  })
}

/** @param what the file that should hold these bytes does instead */
export function blobCorrupt(digest: Digest, what: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'BLOB_CORRUPT',
    message: `the stored copy of ${digest} is damaged: it ${what}`,
    help: 'read it again: the copy was set aside, and another node serves it until it is repaired',
  })
}

/** A disk failure as callers see it; everything else passes unchanged. */
export function storageFailure(error: unknown): unknown {
  if (!(error instanceof FileError)) return error
  const help =
    error.code === 'ENOSPC'
      ? 'free space on the disk of this node, or write to another node'
      : 'look at the disk of this node, or write to another node'
  return new MarketplaceError({
    reason: 'STORAGE_FAILED',
    message: `blob store: ${error.message}`,
    help,
    cause: error,
  })
}

/** @throws LIMIT_EXCEEDED, SIZE_MISMATCH as soon as more arrives than may. */
export function checkGrowth(sizeBytes: number, expect: Expectation): void {
  if (expect.sizeBytes !== undefined && sizeBytes > expect.sizeBytes)
    throw sizeMismatch(expect.sizeBytes, `at least ${sizeBytes}`)
  if (sizeBytes > LIMITS.blobBytesMax)
    throw new MarketplaceError({
      reason: 'LIMIT_EXCEEDED',
      message: `the blob is larger than ${LIMITS.blobBytesMax} bytes`,
      help: 'publish a smaller package',
      field: 'sizeBytes',
    })
}

/** @throws SIZE_MISMATCH, HASH_MISMATCH where what arrived is not what was announced. */
export function checkArrived(info: BlobInfo, expect: Expectation): void {
  if (expect.sizeBytes !== undefined && info.sizeBytes !== expect.sizeBytes)
    throw sizeMismatch(expect.sizeBytes, String(info.sizeBytes))
  if (expect.digest !== undefined && info.digest !== expect.digest)
    throw new MarketplaceError({
      reason: 'HASH_MISMATCH',
      message: `the bytes hash to ${info.digest}, not to the declared ${expect.digest}`,
      help: 'hash the bytes again and send the same ones',
      field: 'contentHash',
      details: { declared: expect.digest, actual: info.digest },
    })
}

function sizeMismatch(declared: number, actual: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'SIZE_MISMATCH',
    message: `${actual} bytes arrived, ${declared} were declared`,
    help: 'declare the size of the bytes that are sent',
    field: 'sizeBytes',
    details: { declared: String(declared), actual },
  })
}

/** Where a range of a blob begins and ends. @throws INVALID_ARGUMENT */
export function boundsOf(
  range: { readonly offset: number; readonly lengthBytes?: number } | undefined,
  sizeBytes: number,
): { readonly start: number; readonly end: number } {
  const start = range?.offset ?? 0
  const length = range?.lengthBytes ?? sizeBytes - start
  if (!Number.isSafeInteger(start) || start < 0 || start > sizeBytes)
    throw new MarketplaceError({
      reason: 'INVALID_ARGUMENT',
      message: `offset ${start} lies outside the blob's ${sizeBytes} bytes`,
      help: `ask from 0 to ${sizeBytes}`,
      field: 'offset',
    })
  if (!Number.isSafeInteger(length) || length < 0)
    throw new MarketplaceError({
      reason: 'INVALID_ARGUMENT',
      message: `length ${length} is not a number of bytes`,
      help: 'leave it out to read to the end',
      field: 'length',
    })
  return { start, end: Math.min(sizeBytes, start + length) }
}
