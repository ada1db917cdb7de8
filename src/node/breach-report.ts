import { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import type { Breach, BreachRule, FatalRule } from '../raft/breach.js'
import type { Clock } from '../runtime/clock.js'
import type { Logger } from '../runtime/logger.js'
import type { MetricsCollector } from '../runtime/metrics.js'

/** Between two lines about one member and one rule. */
const QUIET_MS = 10_000

/** `undecodable`: not a message at all; `other-name`: a message that names another sender or receiver than its connection. */
export type ReportedRule = BreachRule | 'undecodable' | 'other-name'

/**
 * Tells the operator of messages that were dropped because nobody correct sends them. Each is counted; of one member and one
 * rule a line is logged now and then, which says how many went untold. Members and rules are few, so is what is remembered.
 */
export class BreachReport {
  readonly #told = new Map<string, { atMs: number; untold: number }>()

  constructor(
    private readonly parts: {
      readonly clock: Clock
      readonly logger: Logger
      readonly metrics: MetricsCollector
    },
  ) {}

  dropped(from: NodeId, rule: ReportedRule, what: string): void {
    const { clock, logger, metrics } = this.parts
    const labels = { peer: from, rule }
    metrics.counter('raft_breaches_total', 'Messages of members that no correct member sends.', 1, labels)
    const key = `${rule} ${from}`
    const told = this.#told.get(key)
    const nowMs = clock.monotonicMs()
    if (told !== undefined && nowMs - told.atMs < QUIET_MS) {
      told.untold++
      return
    }
    logger.warn(
      { from, rule, what, untold: told?.untold ?? 0 },
      'a member sent what no correct member sends; dropped',
    )
    this.#told.set(key, { atMs: nowMs, untold: 0 })
  }
}

const HELP: Readonly<Record<FatalRule, string>> = {
  'two-leaders':
    'stop all members; find the one whose data folder was copied or put back to an older state, or whose program was changed, and keep it away; start the others and compare state hashes with `cluster status`',
  'committed-conflict':
    'stop all members; find the one whose data folder was copied or put back to an older state, or whose program was changed, and keep it away; start the others and compare state hashes with `cluster status`',
  'log-lost':
    'what this node acknowledged is gone from its log: bring back its original data folder, or keep this node away; it must not vote again',
}

/** Why this node stops: a promise of the cluster is broken already, and answers could be wrong. */
export function faultOf(self: NodeId, breach: Breach & { readonly rule: FatalRule }): MarketplaceError {
  const { rule, from, what } = breach
  return new MarketplaceError({
    reason: rule === 'log-lost' ? 'STORAGE_CORRUPT' : 'STATE_CORRUPT',
    message: `${self} and ${from} contradict each other: ${what}`,
    help: HELP[rule],
    details: { node: self, peer: from, rule },
  })
}
