import { type Server, type ServerWritableStream, status } from '@grpc/grpc-js'
import type { HealthHandlers } from '../rpc/gen/grpc/health/v1/Health.js'
import type { HealthCheckRequest__Output } from '../rpc/gen/grpc/health/v1/HealthCheckRequest.js'
import type { HealthCheckResponse } from '../rpc/gen/grpc/health/v1/HealthCheckResponse.js'
import { serviceDefinition } from '../rpc/services.js'

type Watcher = ServerWritableStream<HealthCheckRequest__Output, HealthCheckResponse>

/** Watch calls under way at once; each is one idle stream. */
const WATCHERS_MAX = 1_024

/**
 * The standard gRPC health service. All services of a node stand and fall together: they serve while the node can
 * reach a quorum and its state is good, so that a load balancer sends nothing to a node that is cut off.
 */
export class HealthService {
  readonly #services: ReadonlySet<string>
  readonly #watchers = new Set<Watcher>()
  #serving = false

  /** @param services full names of the services beside the server as a whole, which is the empty name */
  constructor(services: readonly string[]) {
    this.#services = new Set(['', ...services])
  }

  addTo(server: Server): void {
    const handlers: HealthHandlers = {
      Check: (call, reply) => {
        const { service } = call.request
        if (this.#services.has(service)) reply(null, { status: this.#status(service) })
        else reply({ code: status.NOT_FOUND, details: `no service ${JSON.stringify(service)} here` })
      },
      Watch: (call) => this.#watch(call),
    }
    server.addService(serviceDefinition('grpc.health.v1.Health'), handlers)
  }

  /** Not serving until first told otherwise. Watchers hear of changes. */
  set(serving: boolean): void {
    if (serving === this.#serving) return
    this.#serving = serving
    for (const watcher of this.#watchers) this.#tell(watcher)
  }

  /** Tells watchers that it is over and ends their streams, which would keep a graceful stop waiting. */
  close(): void {
    this.set(false)
    for (const watcher of this.#watchers) watcher.end()
    this.#watchers.clear()
  }

  #watch(call: Watcher): void {
    if (this.#watchers.size >= WATCHERS_MAX) {
      call.emit('error', { code: status.RESOURCE_EXHAUSTED, details: `${WATCHERS_MAX} watchers already` })
      return
    }
    const forget = () => this.#watchers.delete(call)
    call.on('cancelled', forget)
    call.on('close', forget)
    call.on('error', forget)
    this.#watchers.add(call)
    this.#tell(call)
  }

  #tell(watcher: Watcher): void {
    watcher.write({ status: this.#status(watcher.request.service) })
  }

  #status(service: string): 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN' {
    if (!this.#services.has(service)) return 'SERVICE_UNKNOWN'
    return this.#serving ? 'SERVING' : 'NOT_SERVING'
  }
}
