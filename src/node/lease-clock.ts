import type { ReadLease } from '../raft/options.js'
import type { Clock } from '../runtime/clock.js'

/** What a lease is reckoned from. */
export interface LeaseTiming {
  readonly tickMs: number
  readonly electionTicks: number
}

/** How much faster or slower than true time a member's clock may run where reads are under leases, in millionths. */
export const LEASE_DRIFT_PPM_MAX = 50_000

/**
 * Nine tenths of the shortest time in which a member listens to no candidate: its first tick may come right after it heard
 * the leader, so one tick of the election timeout does not count. The rest is for clocks that drift: two at
 * {@link LEASE_DRIFT_PPM_MAX}, one fast and one slow, differ by a little more than a tenth, and good ones by far less.
 */
export function readLeaseMs({ tickMs, electionTicks }: LeaseTiming): number {
  return Math.floor((tickMs * (electionTicks - 1) * 9) / 10)
}

/**
 * The clock by which a leader's read lease runs out. It is the monotonic one, and runs ahead wherever that one may have missed
 * something: by whatever the wall clock went ahead of it (a machine that was suspended, or set right: nobody can tell), and
 * past any lease while the members' clocks say that this one is not to be trusted. It errs on one side only: a lease may end
 * too early, which costs a round of heartbeats.
 */
export class LeaseClock implements ReadLease {
  #aheadMs = 0
  /** Wall clock less monotonic clock, as last believed. */
  #offsetMs: number

  constructor(
    private readonly clock: Clock,
    readonly leaseMs: number,
    private readonly isTroubled: () => boolean,
  ) {
    this.#offsetMs = this.#offset()
  }

  readonly monotonicMs = (): number => {
    const stepMs = this.#offset() - this.#offsetMs
    // Less is the wall clock's grain, or a correction that creeps. The lease's own margin is twice that.
    if (Math.abs(stepMs) > this.leaseMs / 20) {
      this.#offsetMs += stepMs
      this.#aheadMs += Math.max(0, stepMs)
    }
    if (this.isTroubled()) this.#aheadMs += this.leaseMs
    return this.clock.monotonicMs() + this.#aheadMs
  }

  #offset(): number {
    return this.clock.wallMs() - this.clock.monotonicMs()
  }
}
