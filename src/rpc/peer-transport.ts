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
 * A call either answers or rejects with UNREACHABLE, DEADLINE or the error that the other side threw (a MarketplaceError crosses whole).
 */
export interface PeerTransport extends AsyncDisposable {
  send(to: NodeId, lane: Lane, message: Uint8Array): void
  onMessage(handler: (from: NodeId, lane: Lane, message: Uint8Array) => void): void
  /** Called when the connection to a peer comes up or goes away. */
  onConnection(handler: (peer: NodeId, connected: boolean) => void): void
  call(
    to: NodeId,
    procedure: string,
    call: PeerCall,
    options: { readonly deadlineMs: number },
  ): Promise<PeerReply>
  serve(procedure: string, handler: CallHandler): void
  /** Members to keep connections to, with their addresses; replaces the earlier list. */
  setPeers(peers: readonly { readonly id: NodeId; readonly address: string }[]): void
}
