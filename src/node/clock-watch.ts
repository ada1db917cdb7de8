import type { NodeId } from '../model/node-id.js'

/**
 * Compares this machine's wall clock with the members'. A leader whose clock is far from the majority's must not stamp
 * entries: log time would jump and expire what is not due.
 */
export class ClockWatch {
  /** What each peer's clock showed when our monotonic one showed heardMs: a step of our own wall clock then shows at once. */
  readonly #heard = new Map<NodeId, { wallMs: number; heardMs: number }>()

  constructor(
    /** How far from the majority's clocks a leader's may be. */
    private readonly skewMaxMs: number,
    /** A peer not heard for so long has no say. */
    private readonly memoryMs: number,
  ) {}

  /** A peer said its wall clock; travel time counts as offset, which is far below the limit. */
  heard(peer: NodeId, peerWallMs: number, monotonicMs: number): void {
    this.#heard.set(peer, { wallMs: peerWallMs, heardMs: monotonicMs })
  }

  /** Offset of the peers' median clock from ours, 0 where fewer than half of them were heard lately. */
  medianOffsetMs(peers: readonly NodeId[], wallMs: number, monotonicMs: number): number {
    const known: number[] = []
    for (const peer of peers) {
      const entry = this.#heard.get(peer)
      if (entry === undefined) continue
      const sinceMs = monotonicMs - entry.heardMs
      if (sinceMs <= this.memoryMs) known.push(entry.wallMs + sinceMs - wallMs)
    }
    if (known.length * 2 < peers.length || known.length === 0) return 0
    // Ours is one clock among them: with one peer of two heard, the nearer of "equal" and "off" wins, so one odd peer cannot halt us.
    known.push(0)
    known.sort((a, b) => a - b)
    const middle = (known.length - 1) / 2
    const low = known[Math.floor(middle)] ?? 0
    const high = known[Math.ceil(middle)] ?? 0
    return Math.abs(low) < Math.abs(high) ? low : high
  }

  /** Whether so many clocks were heard lately that agree with ours that they are, with it, a majority. */
  isBacked(peers: readonly NodeId[], wallMs: number, monotonicMs: number): boolean {
    const agreeing = peers.filter((peer) => {
      const entry = this.#heard.get(peer)
      if (entry === undefined) return false
      const sinceMs = monotonicMs - entry.heardMs
      return sinceMs <= this.memoryMs && Math.abs(entry.wallMs + sinceMs - wallMs) <= this.skewMaxMs
    })
    return (agreeing.length + 1) * 2 > peers.length + 1
  }

  /** Whether every peer has told its clock at least once. */
  hasHeardAll(peers: readonly NodeId[]): boolean {
    return peers.every((peer) => this.#heard.has(peer))
  }

  isAlone(peers: readonly NodeId[], wallMs: number, monotonicMs: number): boolean {
    return Math.abs(this.medianOffsetMs(peers, wallMs, monotonicMs)) > this.skewMaxMs
  }
}
