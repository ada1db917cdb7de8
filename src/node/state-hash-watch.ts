import { bytesToHex } from '../model/codec.js'
import type { NodeId } from '../model/node-id.js'

/** Reports kept of each peer, newest last. */
export const REPORTS_KEPT = 16
/** A busy node reports its hash at multiples of this, so that reports of different nodes speak of the same indexes. */
export const REPORT_INTERVAL = 64

/** Running hash of a member's state after an index. */
export interface HashReport {
  readonly index: number
  readonly hash: Uint8Array
}

/** What the hashes of this member can be compared with. */
export interface OwnHashes {
  readonly appliedIndex: number
  /** Undefined where it is not remembered. */
  hashAt(index: number): Uint8Array | undefined
}

/**
 * - `agree`: nobody who can be compared differs.
 * - `others-differ`: a majority of the voters agrees with this member; those named do not.
 * - `suspect`: somebody differs, and a majority has not spoken yet.
 * - `minority`: a majority agrees on another hash: this state is wrong.
 * - `no-majority`: some differ, and for too long no majority agreed on anything. Nobody can tell who is right.
 */
export type HashVerdict =
  | { readonly type: 'agree' }
  | {
      readonly type: 'others-differ' | 'suspect' | 'minority' | 'no-majority'
      readonly peers: readonly NodeId[]
      /** Where they differ from us, the highest such index. */
      readonly index: number
    }

/**
 * Compares the running hashes that members tell each other (raft.md: corruption). Equal commands give equal states, or memory,
 * disk or program of somebody is at fault: who is alone must not go on serving.
 */
export class StateHashWatch {
  readonly #reports = new Map<NodeId, HashReport[]>()
  #suspectSinceMs: number | undefined
  #lastApplied = 0

  /** @param graceMs how long a difference may last without a majority that tells who is right */
  constructor(private readonly graceMs: number) {}

  heard(peer: NodeId, report: HashReport): void {
    const reports = (this.#reports.get(peer) ?? []).filter(({ index }) => index !== report.index)
    this.#reports.set(peer, [...reports, report].slice(-REPORTS_KEPT))
  }

  /** What to tell the others: the newest hash of an idle node, the one at the last round index of a busy one. */
  report(own: OwnHashes): HashReport | undefined {
    const idle = own.appliedIndex === this.#lastApplied
    this.#lastApplied = own.appliedIndex
    const index = idle ? own.appliedIndex : own.appliedIndex - (own.appliedIndex % REPORT_INTERVAL)
    const hash = index === 0 ? undefined : own.hashAt(index)
    return hash && { index, hash }
  }

  /** @param nowMs of a clock that never goes back */
  verdict(self: NodeId, voters: readonly NodeId[], own: OwnHashes, nowMs: number): HashVerdict {
    const majority = Math.floor(voters.length / 2) + 1
    const differing: NodeId[] = []
    const agreedAt: number[] = []
    let index = 0
    let apartAt = 0
    for (const voter of voters) {
      const compared = voter === self ? undefined : this.#compare(voter, own)
      if (compared === undefined) continue
      if (compared.apartAt === undefined) agreedAt.push(compared.index)
      else {
        differing.push(voter)
        index = Math.max(index, compared.index)
        apartAt = Math.max(apartAt, compared.apartAt)
      }
    }
    // Who agreed before somebody went apart may since have gone with them, or have come no further.
    const agreeing = agreedAt.filter((at) => at >= apartAt).length + (voters.includes(self) ? 1 : 0)
    if (differing.length === 0 || agreeing >= majority) {
      this.#suspectSinceMs = undefined
      return differing.length === 0 ? { type: 'agree' } : { type: 'others-differ', peers: differing, index }
    }
    if (this.#othersAgree(differing, majority)) return { type: 'minority', peers: differing, index }
    this.#suspectSinceMs ??= nowMs
    const over = nowMs - this.#suspectSinceMs >= this.graceMs
    return { type: over ? 'no-majority' : 'suspect', peers: differing, index }
  }

  /** At the newest index that a report speaks of and whose hash is remembered here; and from where on, at the latest, the two differ. */
  #compare(
    peer: NodeId,
    own: OwnHashes,
  ): { readonly index: number; readonly apartAt: number | undefined } | undefined {
    let newest: number | undefined
    let apartAt: number | undefined
    for (const { index, hash } of [...(this.#reports.get(peer) ?? [])].reverse()) {
      const ours = index > own.appliedIndex ? undefined : own.hashAt(index)
      if (ours === undefined) continue
      newest ??= index
      // A healed peer agrees again: what it told before that does not count.
      if (bytesToHex(ours) === bytesToHex(hash)) break
      apartAt = apartAt === undefined ? index : Math.min(apartAt, index)
    }
    return newest === undefined ? undefined : { index: newest, apartAt }
  }

  /** Whether a majority of the voters told the same hash of one index. */
  #othersAgree(peers: readonly NodeId[], majority: number): boolean {
    const told = new Map<string, number>()
    for (const peer of peers) {
      for (const { index, hash } of this.#reports.get(peer) ?? []) {
        const what = `${index} ${bytesToHex(hash)}`
        const count = (told.get(what) ?? 0) + 1
        if (count >= majority) return true
        told.set(what, count)
      }
    }
    return false
  }
}
