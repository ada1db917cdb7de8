import { type ChannelOptions, credentials } from '@grpc/grpc-js'
import type { PeerServiceClient } from './gen/ggen/raft/v1/PeerService.js'
import { CLIENT_CHANNEL_OPTIONS } from './http2-window.js'
import { PEER_LIMITS, type PeerTiming } from './peer-timing.js'
import { createServiceClient } from './services.js'

/** Room for the frame around the largest message. */
const FRAME_OVERHEAD_BYTES = 64 * 1024
export const FRAME_BYTES_MAX = PEER_LIMITS.messageBytesMax + FRAME_OVERHEAD_BYTES

/** A connection of its own to a peer: grpc-js would share one per address. Connects at the first call. */
export function createPeerChannel(address: string, timing: PeerTiming): PeerServiceClient {
  const options: ChannelOptions = {
    ...CLIENT_CHANNEL_OPTIONS,
    'grpc.use_local_subchannel_pool': 1,
    'grpc.initial_reconnect_backoff_ms': timing.reconnectMinMs,
    'grpc.max_reconnect_backoff_ms': timing.reconnectMaxMs,
    'grpc.keepalive_time_ms': timing.keepaliveMs,
    'grpc.keepalive_timeout_ms': timing.keepaliveMs,
    'grpc.keepalive_permit_without_calls': 1,
    'grpc.max_receive_message_length': FRAME_BYTES_MAX,
    'grpc.max_send_message_length': -1,
    // A retry inside the channel would keep every frame, and could deliver one twice.
    'grpc.enable_retries': 0,
    'grpc.enable_http_proxy': 0,
    'grpc.service_config_disable_resolution': 1,
    'grpc.enable_channelz': 0,
  }
  return createServiceClient('ggen.raft.v1.PeerService', address, credentials.createInsecure(), options)
}
