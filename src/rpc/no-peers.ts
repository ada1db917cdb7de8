import { MarketplaceError } from '../model/error.js'
import type { PeerTransport } from './peer-transport.js'

/** The transport of a cluster of one: there is nobody to talk to, and nothing is listened on. */
export const noPeers: PeerTransport = {
  send() {},
  onMessage() {},
  onConnection() {},
  async call(to) {
    throw new MarketplaceError({
      reason: 'UNREACHABLE',
      message: `there is no node ${to}: this registry is alone in its process`,
      help: 'this is a fault of the registry; report it',
    })
  },
  serve() {},
  setPeers() {},
  async [Symbol.asyncDispose]() {},
}
