// Compiled against the installed package, strictly and with its declarations checked: what a program in TypeScript sees.
import {
  Ed25519Signer,
  MarketplaceBuilder,
  type MarketplaceClient,
  type MetricsCollector,
  type PackageMetadata,
  type PackageStore,
  PrometheusMetrics,
  type Registry,
} from 'ggen-marketplace'

export function client(registry: Registry, store: PackageStore): MarketplaceClient {
  return new MarketplaceBuilder().withRegistry(registry).withPackageStore(store).build()
}

export const metrics: MetricsCollector = new PrometheusMetrics()
export const describe = ({ id, description }: PackageMetadata): string =>
  `${id.name}@${id.version} ${description}`
export const signer = Ed25519Signer
