import type { Server, ServerOptions } from '@grpc/grpc-js'
import { LIMITS } from '../model/limit.js'
import type { RegistryContext } from '../registry/ports.js'
import { serviceDefinition } from '../rpc/services.js'
import type { ApiContext } from './call.js'
import { streamLimits } from './call-limit.js'
import { type ClusterSources, clusterService } from './cluster-service.js'
import { packageStoreService } from './package-store-service.js'
import { registryService } from './registry-service.js'
import { toleratingUndecodable } from './request-decoding.js'
import { searchService } from './search-service.js'

/** Options that a server of these services needs. */
export const API_SERVER_OPTIONS = {
  'grpc.max_receive_message_length': LIMITS.unaryMessageBytesMax,
  'grpc.max_send_message_length': LIMITS.unaryMessageBytesMax,
} as const satisfies ServerOptions

/** Adds all services of the client contract to a server. */
export function addServices(
  server: Server,
  registry: RegistryContext,
  cluster: ClusterSources,
  api: ApiContext,
): void {
  const limits = streamLimits()
  server.addService(
    toleratingUndecodable(serviceDefinition('ggen.marketplace.v1.RegistryService')),
    registryService(registry, api, limits),
  )
  server.addService(
    toleratingUndecodable(serviceDefinition('ggen.marketplace.v1.PackageStoreService')),
    packageStoreService(registry, api, limits),
  )
  server.addService(
    toleratingUndecodable(serviceDefinition('ggen.marketplace.v1.SearchService')),
    searchService(registry, api, limits),
  )
  server.addService(
    toleratingUndecodable(serviceDefinition('ggen.marketplace.v1.ClusterService')),
    clusterService(registry, cluster, api, limits),
  )
}
