import { MarketplaceError } from './error.js'

/** Lower-case hex of a 32-byte sha256: the address of a blob. Made by {@link toDigest} only. */
export type Digest = string & { readonly __brand: 'Digest' }

export type HashAlgorithm = 'sha256' | 'blake3'

export interface ContentHash {
  readonly algorithm: HashAlgorithm
  readonly digest: Digest
}

/** @throws INVALID_ARGUMENT */
export function toDigest(text: string, field = 'digest'): Digest {
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new MarketplaceError({
      reason: 'INVALID_ARGUMENT',
      field,
      message: `digest ${JSON.stringify(text.slice(0, 100))} is not a sha256 in lower-case hex`,
      help: 'give 64 hex digits',
    })
  }
  return text as Digest
}

export function sha256Hash(digest: Digest): ContentHash {
  return { algorithm: 'sha256', digest }
}
