// Stands before a node's peer port, so that a test can cut the sockets that others hold to it.
import { connect, createServer } from 'node:net'

export class PeerProxy {
  #sockets = new Set()
  #open = true

  /** @param port where it listens, `target` where the node does: host:port both */
  static async listen(address, target) {
    const proxy = new PeerProxy(target)
    await new Promise((resolve, reject) => {
      proxy.server.once('error', reject)
      proxy.server.listen({ host: hostOf(address), port: portOf(address) }, resolve)
    })
    return proxy
  }

  constructor(target) {
    this.server = createServer((inward) => {
      if (!this.#open) return inward.destroy()
      const outward = connect({ host: hostOf(target), port: portOf(target) })
      for (const [one, other] of [
        [inward, outward],
        [outward, inward],
      ]) {
        this.#sockets.add(one)
        one.setNoDelay(true)
        one.pipe(other)
        one.on('error', () => {})
        one.on('close', () => {
          this.#sockets.delete(one)
          other.destroy()
        })
      }
    })
  }

  /** Breaks every connection; until {@link heal} new ones are broken at once. */
  cut() {
    this.#open = false
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  heal() {
    this.#open = true
  }

  close() {
    this.cut()
    return new Promise((resolve) => this.server.close(resolve))
  }
}

function hostOf(address) {
  return address.slice(0, address.lastIndexOf(':'))
}

function portOf(address) {
  return Number(address.slice(address.lastIndexOf(':') + 1))
}
