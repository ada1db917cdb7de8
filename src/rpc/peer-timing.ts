import { MarketplaceError } from '../model/error.js'

/** Times of the peer transport; the defaults suit members in one data centre. */
export interface PeerTiming {
  /** First pause before a lost connection is dialled again. Default 20 ms. */
  readonly reconnectMinMs: number
  /** Longest such pause: far below an election timeout, so that a healed network never costs one. Default 200 ms. */
  readonly reconnectMaxMs: number
  /** Pause after the other side refused us, which a moment will not change. Default 1 s. */
  readonly refusedRetryMs: number
  /** From dialling to the other side's hello; then the attempt is given up and begun anew. Default 1 s. */
  readonly connectMs: number
  /** Silence after which a connection is asked for a sign of life, and how long that may take. Default 2 s each. */
  readonly keepaliveMs: number
  /** How long a caller may leave a call without a frame, or a reply without reading on, before it is cut. Default 60 s. */
  readonly stallMs: number
}

export const PEER_TIMING_DEFAULTS: PeerTiming = {
  reconnectMinMs: 20,
  reconnectMaxMs: 200,
  refusedRetryMs: 1_000,
  connectMs: 1_000,
  keepaliveMs: 2_000,
  stallMs: 60_000,
}

/** @throws CONFIG_INVALID */
export function completePeerTiming(given: Partial<PeerTiming> = {}): PeerTiming {
  const timing = { ...PEER_TIMING_DEFAULTS, ...given }
  for (const [name, value] of Object.entries(timing)) {
    if (Number.isInteger(value) && value > 0) continue
    throw new MarketplaceError({
      reason: 'CONFIG_INVALID',
      field: `peer.${name}`,
      message: `${name} is ${value}`,
      help: 'use a whole number of milliseconds above 0',
    })
  }
  return timing
}

/** Bounds of what is under way between two members. */
export const PEER_LIMITS = {
  /** Largest single message of a lane. */
  messageBytesMax: 32 * 1024 * 1024,
  /** A frame is closed once it has this much; one larger message is a frame of its own. */
  batchBytesMax: 1024 * 1024,
  batchMessagesMax: 1_024,
  /** Frames handed to the connection and not yet on the wire. While they wait, messages gather for the next frame. */
  framesInFlightMax: 2,
  /** Messages waiting for one peer on one lane; beyond it new ones are dropped. */
  sendBufferBytesMax: 64 * 1024 * 1024,
  /** Streams that others opened here over which answers may go back, two for each of them; more are read all the same. */
  answeredStreamsMax: 256,
  /** Calls under way at once on one connection. */
  callsMax: 1_024,
  /** Largest header of a call or reply. */
  headerBytesMax: 4 * 1024 * 1024,
} as const
