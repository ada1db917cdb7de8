import type { Digest } from '../model/content-hash.js'

/** First two hex digits of a digest: blobs lie in 256 folders. */
export type Shard = string & { readonly __brand: 'Shard' }

export const SHARDS: readonly Shard[] = Array.from(
  { length: 256 },
  (_, value) => value.toString(16).padStart(2, '0') as Shard,
)

/** Added to the name of a file whose bytes do not hash to it: kept to be looked at, never served, never listed. */
const DAMAGED_SUFFIX = '.damaged'
/** Of a file whose bytes could not be read: they may be right, so it is taken back where nobody else has them. */
const UNREAD_SUFFIX = '.unread'

/**
 * Where things lie below the store's folder:
 * `ab/cdef…` blobs, `ab/cdef….damaged` and `ab/cdef….unread` blobs set aside, `tmp/<n>` writes under way,
 * `leases/<hour>-<n>` promises.
 */
export class BlobPaths {
  readonly temporary: string
  readonly leases: string

  constructor(readonly folder: string) {
    this.temporary = `${folder}/tmp`
    this.leases = `${folder}/leases`
  }

  shard(shard: Shard): string {
    return `${this.folder}/${shard}`
  }

  blob(digest: Digest): string {
    return `${this.folder}/${digest.slice(0, 2)}/${digest.slice(2)}`
  }

  damaged(digest: Digest): string {
    return this.blob(digest) + DAMAGED_SUFFIX
  }

  unread(digest: Digest): string {
    return this.blob(digest) + UNREAD_SUFFIX
  }
}

export function shardOf(digest: Digest): Shard {
  return digest.slice(0, 2) as Shard
}

/** The digest of a file found in a shard, or undefined where it is no blob (set aside, or somebody else's). */
export function digestOfFile(shard: Shard, name: string): Digest | undefined {
  return /^[0-9a-f]{62}$/.test(name) ? ((shard + name) as Digest) : undefined
}
