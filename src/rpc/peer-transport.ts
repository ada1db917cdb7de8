import type { NodeId } from '../model/node-id.js'

/** `raft`: consensus; `forward`: client writes and their answers. Each has its own connection, so that neither starves the other. */
export type Lane = 'raft' | 'forward'

/** Procedures with a body, over a third connection: blobs, snapshots, status, identity. */
export interface PeerCall {
  readonly header: Uint8Array
  readonly body?: AsyncIterable<Uint8Array>
}

export interface PeerReply {
  readonly header: Uint8Array
  readonly body?: AsyncIterable<Uint8Array>
}

export type CallHandler = (from: NodeId, call: PeerCall) => Promise<PeerReply>

/**
 * How members talk. Messages are best effort: they may be lost, and are ordered only while one connection lasts.
 * A call either answers or rejects with UNREACHABLE, DEADLINE, UNSUPPORTED (nobody serves the procedure there), the error that
 * the other side threw (a MarketplaceError crosses whole, anything else as INTERNAL) or the one that its own body threw.
 * Bodies carry backpressure, are read once, and never end well when they were cut; a reader that wants no more leaves the loop.
 * Every implementation passes test/conformance/peer-transport.ts.
 */
export interface PeerTransport extends AsyncDisposable {
  /**
   * Over our own connection to it, where that is up; else over one that it made to us and that was let in. So somebody whom
   * the list does not name yet is answered all the same.
   */
  send(to: NodeId, lane: Lane, message: Uint8Array): void
  onMessage(handler: (from: NodeId, lane: Lane, message: Uint8Array) => void): void
  /** Called when the connection to a peer comes up or goes away. */
  onConnection(handler: (peer: NodeId, connected: boolean) => void): void
  call(
    to: NodeId,
    procedure: string,
    call: PeerCall,
    /**
     * `deadlineMs`: the longest wait for the other side, for its answer or the next chunk of its answer's body. An
     * implementation may let an upload go on for as long as it moves.
     */
    options: { readonly deadlineMs: number },
  ): Promise<PeerReply>
  serve(procedure: string, handler: CallHandler): void
  /** Members to keep connections to, with their addresses; replaces the earlier list. */
  setPeers(peers: readonly { readonly id: NodeId; readonly address: string }[]): void
}
