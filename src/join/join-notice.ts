import { portOf, reachableAddress } from '../config/advertised-address.js'
import type { ServerConfig } from '../config/server-config.js'
import type { Logger } from '../runtime/logger.js'

/** Says what an operator has to do before this node can take part, once. */
export class JoinNotice {
  #told = false

  constructor(
    private readonly config: Pick<ServerConfig, 'nodeId' | 'join' | 'advertise'>,
    /** Where this node listens for the other members. */
    private readonly peerAddress: string,
    private readonly logger: Logger,
    private readonly listener: ((what: string) => void) | undefined,
  ) {}

  tell(): void {
    if (this.#told) return
    this.#told = true
    const { nodeId, join, advertise } = this.config
    const address = reachableAddress(this.peerAddress, [advertise.client])
    const endpoint = join.length === 0 ? '' : ` --endpoint ${join.join(',')}`
    const command = `ggen-market cluster add ${nodeId}=${address ?? `HOST:${portOf(this.peerAddress)}`}${endpoint}`
    const host = address === undefined ? ' (HOST: this machine, as the other nodes reach it)' : ''
    this.logger.warn({ command }, 'this node waits to be added to the cluster')
    this.listener?.(`${nodeId} is not a member yet; it waits until somebody runs: ${command}${host}`)
  }
}
