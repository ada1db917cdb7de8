import type { Command, RequestId } from '../model/command.js'
import type { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import type { Timer } from '../runtime/clock.js'
import type { AppliedEntry } from '../state/state-machine.js'
import type { Applied } from './replicated-state.js'

/** Where a waiting write stands. Only `unsent` ones may be sent: what may have been taken is never sent again by itself. */
export type Stage = { readonly at: 'unsent' } | { readonly at: 'forwarded'; readonly to: NodeId } | Placed

/** Sent, and known where it is in the log of whoever led then. */
export type Placed =
  | { readonly at: 'accepted'; readonly to: NodeId; readonly term: number; readonly index: number }
  | { readonly at: 'appended'; readonly term: number; readonly index: number }

/** A write whose outcome somebody on this node waits for. */
export interface Waiter {
  readonly requestId: RequestId
  readonly command: Command
  readonly payload: Uint8Array
  /** Of this try: whoever declined it says no more about the next. */
  ticket: number
  readonly promise: Promise<Applied>
  readonly resolve: (applied: Applied) => void
  readonly reject: (error: MarketplaceError) => void
  /** Its deadline, on the monotonic clock. */
  readonly endMs: number
  timer: Timer | undefined
  /** It was sent, and the leader is another by now. */
  unsettled: boolean
  stage: Stage
  /** The last entry under this request id that came to nothing for good: perhaps our own, as long as that is not known. */
  passing: AppliedEntry | undefined
}

/** Whether this is known to be the very entry that was appended for a waiter. */
export function isAt(stage: Stage, { index, term }: AppliedEntry): boolean {
  return (stage.at === 'appended' || stage.at === 'accepted') && stage.index === index && stage.term === term
}

/** Those whose place in the log is known, by its index; two of them may be at one, in different terms. */
export class PlacesInLog {
  readonly #byIndex = new Map<number, Set<Waiter>>()

  /** It is there from now on, as its stage says. */
  put(waiter: Waiter, stage: Placed): void {
    waiter.stage = stage
    const there = this.#byIndex.get(stage.index)
    if (there === undefined) this.#byIndex.set(stage.index, new Set([waiter]))
    else there.add(waiter)
  }

  at(index: number): Iterable<Waiter> {
    return this.#byIndex.get(index) ?? []
  }

  /** Whoever waits no more. */
  remove(waiter: Waiter): void {
    if (waiter.stage.at !== 'accepted' && waiter.stage.at !== 'appended') return
    const { index } = waiter.stage
    const there = this.#byIndex.get(index)
    there?.delete(waiter)
    if (there?.size === 0) this.#byIndex.delete(index)
  }
}
