import type { ClusterStatus, NodeState } from '../client/cluster-status.js'
import { counted } from './count.js'

/** Highest index known to be committed: what a member has to reach. */
export function committedIndex({ nodes }: ClusterStatus): number {
  return Math.max(0, ...nodes.map((node) => node.commitIndex ?? 0))
}

/** Entries that a reachable member has yet to apply. */
export function entriesBehind(node: NodeState & { reachable: true }, committed: number): number {
  return Math.max(0, committed - node.appliedIndex)
}

/** What a member lacks, and whether that is all; undefined where it lacks nothing. */
export interface Lack {
  /** `1,203 entries and 17 blobs`; empty where only the count is missing. */
  readonly text: string
  /** It was started a moment ago, and still looks for the packages that it should hold. */
  readonly counting: boolean
}

export function lackOf(node: NodeState & { reachable: true }, committed: number): Lack | undefined {
  const entries = entriesBehind(node, committed)
  const { blobsMissing, blobsCounted } = node
  if (entries === 0 && blobsMissing === 0 && blobsCounted) return undefined
  const parts = [
    ...(entries > 0 ? [counted(entries, 'entry', 'entries')] : []),
    ...(blobsMissing > 0 ? [counted(blobsMissing, 'blob')] : []),
  ]
  return { text: parts.join(' and '), counting: !blobsCounted }
}

/** How much a set of voters withstands. */
export interface Tolerance {
  readonly voters: number
  /** Those that answer and take part. */
  readonly up: number
  readonly majority: number
  /** Voters that may still be lost before nothing can be decided; negative where that is so now. */
  readonly spare: number
}

/** @param without a member that is left out of the reckoning */
export function toleranceOf({ nodes }: ClusterStatus, without?: string): Tolerance {
  const voters = nodes.filter((node) => node.voter && !node.leaving && node.id !== without)
  const up = voters.filter(takesPart).length
  const majority = Math.floor(voters.length / 2) + 1
  return { voters: voters.length, up, majority, spare: up - majority }
}

/** The voters that answer and take part, by name. */
export function answering({ nodes }: ClusterStatus): readonly string[] {
  return nodes.filter((node) => node.voter && !node.leaving && takesPart(node)).map(({ id }) => id)
}

function takesPart({ reachable, fault }: NodeState): boolean {
  return reachable && fault === undefined
}

/** @param spare voters that may be lost, 0 or more */
export function lossOf(spare: number): string {
  return `${spare === 0 ? 'none' : spare === 1 ? 'one' : spare} may be lost`
}
