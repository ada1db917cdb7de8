import type { ServerConfig } from '../config/server-config.js'
import type { Logger } from '../runtime/logger.js'

/** Says what an operator has to do before this node can take part, once. */
export class JoinNotice {
  #told = false

  constructor(
    private readonly config: Pick<ServerConfig, 'nodeId' | 'join'>,
    private readonly peerAddress: string,
    private readonly logger: Logger,
    private readonly listener: ((what: string) => void) | undefined,
  ) {}

  tell(): void {
    if (this.#told) return
    this.#told = true
    const { nodeId, join } = this.config
    const endpoint = join.length === 0 ? '' : ` --endpoint ${join.join(',')}`
    const command = `ggen-market cluster add ${nodeId}=${this.peerAddress}${endpoint}`
    this.logger.warn({ command }, 'this node waits to be added to the cluster')
    this.listener?.(`${nodeId} is not a member yet; it waits until somebody runs: ${command}`)
  }
}
