import { createHash } from 'node:crypto'
import { BlobPaths } from '../../src/blob/blob-path.js'
import type { Digest } from '../../src/model/content-hash.js'
import type { MembershipOutcome } from '../../src/node/membership-request.js'
import type { SimClock } from './sim-clock.js'
import type { SimNode } from './sim-node.js'

/** What a seed does that makes a count say nothing. */
export interface Disturbance {
  /** Disks may lose what they had promised to keep. */
  readonly disksLie: boolean
  readonly membersChange: boolean
}

/** Counts safe copies of acknowledged contents, by looking at the disks: what nodes say of their copies is what is being judged. */
export class CopyCount {
  readonly #acknowledgedMs = new Map<Digest, number>()

  constructor(
    private readonly nodes: readonly SimNode[],
    private readonly clock: SimClock,
    private readonly report: (violation: string) => void,
    private readonly disturbance: Disturbance,
  ) {}

  /** An acknowledged publish lies on the disks of a majority, whatever happens in the next moment. */
  acknowledged(key: string, digest: Digest): void {
    this.#acknowledgedMs.set(digest, this.clock.now)
    if (this.disturbance.disksLie || this.disturbance.membersChange) return
    const copies = this.nodes.filter((node) => isSafe(node, digest)).length
    if (copies * 2 <= this.nodes.length)
      this.report(
        `${key} was acknowledged with ${copies} safe copies of its bytes on ${this.nodes.length} nodes`,
      )
  }

  /** A node has removed what it took for garbage: of acknowledged contents a majority still has its safe copies. */
  collected(by: SimNode, digest: Digest): void {
    if (this.disturbance.disksLie || this.disturbance.membersChange || !this.#acknowledgedMs.has(digest))
      return
    const copies = this.nodes.filter((node) => isSafe(node, digest)).length
    if (copies * 2 <= this.nodes.length)
      this.report(
        `${by.id} took acknowledged bytes for garbage, which leaves ${copies} safe copies of ${digest.slice(0, 8)} on ${this.nodes.length} nodes`,
      )
  }

  /** What had been acknowledged when a change of the members was asked for lies with a majority of those who vote after it. */
  changed({ members, index }: MembershipOutcome, askedMs: number): void {
    if (this.disturbance.disksLie) return
    const voters = members.flatMap(({ id, voter }) => (voter ? [id] : []))
    const nodes = this.nodes.filter(({ id }) => voters.includes(id))
    for (const [digest, ms] of this.#acknowledgedMs) {
      if (ms >= askedMs) continue
      const copies = nodes.filter((node) => isSafe(node, digest)).length
      if (copies * 2 <= voters.length)
        this.report(
          `of the voters of ${index}, ${voters.join(', ')}, ${copies} hold the bytes ${digest.slice(0, 8)}`,
        )
    }
  }
}

export function blobPath(digest: Digest): string {
  return new BlobPaths('blobs').blob(digest)
}

export function isCopy(bytes: Uint8Array | undefined, digest: Digest): boolean {
  return bytes !== undefined && createHash('sha256').update(bytes).digest('hex') === digest
}

/** One that could not be read and was set aside for it counts: it is taken back once it can be read. One that was set aside for nothing does not. */
function isSafe({ disk }: SimNode, digest: Digest): boolean {
  const paths = new BlobPaths('blobs')
  const isIn = (path: string) => isCopy(disk.durable(path), digest)
  return isIn(paths.blob(digest)) || (disk.hasRefused(paths.unread(digest)) && isIn(paths.unread(digest)))
}
