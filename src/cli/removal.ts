import type { ClusterStatus } from '../client/cluster-status.js'
import { counted } from './count.js'
import { lossOf, toleranceOf } from './member-standing.js'

/** What is to be thought of removing a member, before anybody is asked to do it. */
export type RemovalVerdict =
  | { readonly type: 'fine' }
  /** Somebody should agree to that first. */
  | { readonly type: 'ask'; readonly why: string; readonly help: string }
  /** Nobody could decide afterwards. */
  | { readonly type: 'refuse'; readonly why: string; readonly help: string }

/** Members that do not answer count as lost: a removal that is harmless on paper may be the end of a cluster that limps. */
export function judgeRemoval(status: ClusterStatus, id: string): RemovalVerdict {
  if (!status.nodes.some((node) => node.id === id && node.voter && !node.leaving)) return { type: 'fine' }
  const before = toleranceOf(status)
  const after = toleranceOf(status, id)
  if (after.voters === 0) {
    return {
      type: 'refuse',
      why: `${id} is the only voter, and nobody would be left to decide`,
      help: 'add and promote another node first; to end the cluster, stop its nodes',
    }
  }
  if (after.spare < 0 && before.spare >= 0) {
    return {
      type: 'refuse',
      why: `without ${id}, ${after.up} of ${counted(after.voters, 'voter')} would answer, and ${after.majority} are needed`,
      help: 'start the voters that do not answer, or remove one of those instead (`ggen-market cluster status`)',
    }
  }
  if (after.spare > 0 || before.spare <= 0) return { type: 'fine' }
  return {
    type: 'ask',
    why: `without ${id} the cluster has ${counted(after.voters, 'voter')}, and ${lossOf(after.spare)}: the next one that fails ends all writes`,
    help: 'add and promote another node first, or in its place (`cluster promote NEW --replacing OLD`)',
  }
}
