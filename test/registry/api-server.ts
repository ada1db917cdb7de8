import { credentials, Server, ServerCredentials, type ServiceError } from '@grpc/grpc-js'
import { API_SERVER_OPTIONS, addServices } from '../../src/api/services.js'
import { MarketplaceError } from '../../src/model/error.js'
import type { ServiceClients } from '../../src/rpc/gen/names.js'
import { createServiceClient, messageType } from '../../src/rpc/services.js'
import { silentLogger } from '../../src/runtime/logger.js'
import { silentMetrics } from '../../src/runtime/metrics.js'
import { nodeClock } from '../../src/runtime/node-clock.js'
import type { StateMachineOptions } from '../../src/state/state-machine.js'
import { DETAILS_KEY, decodeErrorDetails } from '../../src/wire/error-details.js'
import { type EmbeddedRegistry, openEmbeddedRegistry } from './embedded-registry.js'

export interface ApiServer extends AsyncDisposable {
  /** Where it serves, host:port. */
  readonly address: string
  readonly registry: EmbeddedRegistry
  readonly registryService: ServiceClients['ggen.marketplace.v1.RegistryService']
  readonly packageStore: ServiceClients['ggen.marketplace.v1.PackageStoreService']
  readonly searchService: ServiceClients['ggen.marketplace.v1.SearchService']
  readonly clusterService: ServiceClients['ggen.marketplace.v1.ClusterService']
}

/** An embedded registry behind a real gRPC server on a free port, with a client of each service. */
export async function startApiServer(options: StateMachineOptions = {}): Promise<ApiServer> {
  const registry = await openEmbeddedRegistry(options)
  const { state } = registry
  const server = new Server(API_SERVER_OPTIONS)
  const address0 = '127.0.0.1:0'
  const alone = { id: state.nodeId, address: address0, peerAddress: address0, voter: true, leaving: false }
  const unsupported = async () => {
    throw new MarketplaceError({
      reason: 'UNSUPPORTED',
      message: 'an embedded registry has no members',
      help: 'ask a cluster',
    })
  }
  const cluster = {
    status: {
      read: async () => ({
        leader: state.nodeId,
        nodes: [{ ...alone, reachable: false }],
        hashIndex: 0,
        configuration: { index: 1, joint: false, committed: true },
        version: 1,
      }),
    },
    membership: { change: unsupported, transfer: unsupported },
    export: { open: unsupported },
    heal: () => ({ begun: false, fault: undefined }),
    compactor: { now: unsupported },
    restorer: { run: unsupported },
    verifier: {
      async *run() {
        yield await unsupported()
      },
    },
  }
  addServices(server, registry.context, cluster, {
    clock: nodeClock,
    logger: silentLogger,
    metrics: silentMetrics,
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    )
  })
  const address = `127.0.0.1:${port}`
  const insecure = credentials.createInsecure()
  const clients = {
    registryService: createServiceClient('ggen.marketplace.v1.RegistryService', address, insecure),
    packageStore: createServiceClient('ggen.marketplace.v1.PackageStoreService', address, insecure),
    searchService: createServiceClient('ggen.marketplace.v1.SearchService', address, insecure),
    clusterService: createServiceClient('ggen.marketplace.v1.ClusterService', address, insecure),
  }
  return {
    address,
    registry,
    ...clients,
    async [Symbol.asyncDispose]() {
      for (const client of Object.values(clients)) client.close()
      server.forceShutdown()
      await registry[Symbol.asyncDispose]()
    },
  }
}

/** Calls back as grpc-js does, as a promise. */
export function ask<Response>(
  call: (callback: (error: ServiceError | null, response?: Response) => void) => unknown,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    call((error, response) => {
      if (error !== null) reject(error)
      else resolve(response as Response)
    })
  })
}

/** The error that a failed call's details stand for. */
export function detailsOf(error: unknown): MarketplaceError | undefined {
  const [bytes] = (error as ServiceError).metadata.get(DETAILS_KEY)
  if (!(bytes instanceof Uint8Array)) return undefined
  return decodeErrorDetails(bytes, {
    status: messageType('google.rpc.Status'),
    errorInfo: messageType('google.rpc.ErrorInfo'),
  })
}

/** The failure of a call that must fail. */
export async function failureOf(call: Promise<unknown>): Promise<ServiceError> {
  try {
    await call
  } catch (error) {
    return error as ServiceError
  }
  throw new Error('the call succeeded')
}
