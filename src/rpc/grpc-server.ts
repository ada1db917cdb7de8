import { logVerbosity, Server, ServerCredentials, setLogVerbosity } from '@grpc/grpc-js'
import { LIMITS } from '../model/limit.js'
import { listenError } from '../runtime/listen-error.js'
import { raiseServerWindows } from './http2-window.js'

export interface GrpcServerOptions {
  /** Largest message accepted. Default: a unary message, or a chunk with its frame. */
  readonly receiveBytesMax?: number
  /** Calls under way at once on one connection. Default 1,024. */
  readonly streamsMax?: number
  /** Silence after which a connection is asked for a sign of life. Default 20 s. */
  readonly keepaliveMs?: number
  /** How long that sign may take. Default 10 s. */
  readonly keepaliveTimeoutMs?: number
}

/** A server with this project's limits and windows; add services, then {@link bindGrpcServer}. */
export function createGrpcServer(options: GrpcServerOptions = {}): Server {
  const { receiveBytesMax = LIMITS.unaryMessageBytesMax, streamsMax = 1_024 } = options
  const { keepaliveMs = 20_000, keepaliveTimeoutMs = 10_000 } = options
  // grpc-js prints what it also reports through callbacks; who wants to watch it says so by its own variable.
  if (process.env.GRPC_VERBOSITY === undefined) setLogVerbosity(logVerbosity.NONE)
  const server = new Server({
    'grpc.max_receive_message_length': receiveBytesMax,
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': streamsMax,
    'grpc.keepalive_time_ms': keepaliveMs,
    'grpc.keepalive_timeout_ms': keepaliveTimeoutMs,
    'grpc.enable_channelz': 0,
  })
  raiseServerWindows(server)
  return server
}

/**
 * Listens without encryption.
 * @returns the address bound, which tells the port where 0 was asked for
 * @throws PORT_IN_USE, CONFIG_INVALID
 */
export function bindGrpcServer(
  server: Server,
  address: string,
  purpose: string,
  field?: string,
): Promise<string> {
  const credentials = ServerCredentials.createInsecure()
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (error !== null) reject(listenError(address, purpose, field, error))
      else resolve(`${address.slice(0, address.lastIndexOf(':'))}:${port}`)
    })
  })
}

/**
 * Takes no new calls, lets those under way end for graceMs, then cuts them.
 * (Not `forceShutdown`: it knows the connections only while channelz watches each of them.)
 * @param address as {@link bindGrpcServer} returned it
 */
export function stopGrpcServer(server: Server, address: string, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    server.drain(address, graceMs)
    server.tryShutdown(() => resolve())
  })
}
