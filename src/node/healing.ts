import { MarketplaceError } from '../model/error.js'
import type { Node } from './node.js'

/** What asking a node to heal came to. */
export interface Healing {
  /** False where its state is good. */
  readonly begun: boolean
  /** What was wrong. */
  readonly fault: string | undefined
}

/**
 * A node whose state is damaged or differs has put it aside already, and fetches another at its next start: so it begins anew.
 * @param restart ends this node and opens it again, after the answer
 * @throws the fault itself where it is another one than the state's: a restart does not cure it; UNSUPPORTED
 */
export function heal(node: Pick<Node, 'nodeId' | 'status'>, restart: (() => void) | undefined): Healing {
  const { fault } = node.status()
  if (fault === undefined) return { begun: false, fault: undefined }
  if (fault.reason !== 'STATE_CORRUPT') throw fault
  if (restart === undefined) throw mustRestart(node.nodeId)
  restart()
  return { begun: true, fault: fault.message }
}

/** What a node says that cannot begin anew by itself. */
export function mustRestart(nodeId: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'UNSUPPORTED',
    message: `${nodeId} runs inside another program, which would have to start it again`,
    help: 'restart that program',
  })
}
