import { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import type { NodeStatus } from './node-status.js'

/** What ends a node's part in the cluster, as its callers learn of it. */
export function nodeFault(what: string, cause: unknown): MarketplaceError {
  if (cause instanceof MarketplaceError) return cause
  return new MarketplaceError({
    reason: 'STORAGE_FAILED',
    message: `${what}: ${cause instanceof Error ? cause.message : String(cause)}`,
    help: 'this node no longer takes part; mend its disk or replace it, then start it again',
    cause,
  })
}

/** Whether the state itself is at fault, so that another must take its place. */
export function isDamage(error: unknown): boolean {
  return error instanceof MarketplaceError && error.reason === 'STATE_CORRUPT'
}

/** @throws MEMBER_REMOVED where the node is a member no more: what it holds is old, and those who are do not answer it */
export function checkNotRemoved({ fault }: Pick<NodeStatus, 'fault'>): void {
  if (fault?.reason === 'MEMBER_REMOVED') throw fault
}

/** For whoever still waits for a node that ends. */
export function stopping(): MarketplaceError {
  return new MarketplaceError({
    reason: 'SHUTTING_DOWN',
    message: 'this node is stopping',
    help: 'ask another node',
  })
}

/** What brings a node back whose state is wrong, for the texts that say so. */
export function howToHeal(node: NodeId): string {
  return `run \`ggen-market cluster heal ${node}\`, or restart ${node}: it throws its state away and fetches that of the others`
}
