export { toMetadata } from './archive/manifest.js'
export { packArchive, readPackageFolder } from './archive/package-folder.js'
export type { BlobCalls, CompactReceipt } from './client/blob-calls.js'
export type {
  ClusterMember,
  MemberLag,
  MembersAnswer,
  ReplicationLag,
  SnapshotAnswer,
  TransferAnswer,
} from './client/cluster-members.js'
export type { ClusterStatus, ConfigurationState, NodeRole, NodeState } from './client/cluster-status.js'
export type {
  ChangeReceipt,
  MarketplaceClient,
  NewVersion,
  PublishReceipt,
  Reflected,
  SearchAnswer,
  SearchRequest,
  VersionAnswer,
} from './client/marketplace-client.js'
export {
  ClnrmMarketplace,
  type ClnrmOptions,
  type InstalledValidator,
  type ValidatorQuery,
} from './install/clnrm-marketplace.js'
export type { PackageProgress, Reporter } from './install/reporter.js'
export type { ListOptions, Page } from './interface/answer.js'
export type { CryptoVerifier, SignedMessage } from './interface/crypto-verifier.js'
export { ForwardingRegistry } from './interface/forwarding-registry.js'
export type {
  CompactReport,
  Content,
  IntegrityReport,
  PackageStore,
  StoredContent,
  StoreStats,
  StreamOptions,
  StreamRequest,
} from './interface/package-store.js'
export type {
  InstalledVersion,
  Owner,
  OwnersAnswer,
  OwnersReceipt,
  PublishOptions,
  RegisterOutcome,
  Registry,
  RegistryIdentity,
  RegistryStatsAnswer,
  ResolutionAnswer,
  SignedVersionWithContent,
  TrendingPackage,
  UpdateState,
  UpdatesAnswer,
  VersionSummaryAnswer,
  YankedAnswer,
} from './interface/registry.js'
export type {
  ReplicaLag,
  ReplicaRole,
  ReplicaState,
  Replication,
  ReplicationStatus,
} from './interface/replication.js'
export type {
  AutocorrectAnswer,
  FacetsAnswer,
  FacetsRequest,
  OptimizeAnswer,
  PopularSearchesAnswer,
  RebuildReport,
  SearchEngine,
  SearchStatsAnswer,
  SimilarAnswer,
  SuggestAnswer,
} from './interface/search-engine.js'
export type { WatchEvent, WatchOptions } from './interface/watch.js'
export { collect, contentOf, copyContent } from './interface/whole-content.js'
export { MarketplaceBuilder } from './marketplace-builder.js'
export type { ContentHash, Digest } from './model/content-hash.js'
export { type ErrorReason, MarketplaceError, type StatusCode } from './model/error.js'
export type { Dependency, PackageMetadata, PackageVersion, Signature } from './model/metadata.js'
export { formatOwnerScope, type OwnerScope } from './model/owner-scope.js'
export {
  formatPackageId,
  type PackageId,
  type PackageRef,
  parsePackageId,
  parsePackageRef,
} from './model/package-id.js'
export type { PackageQuery, ReadDemand } from './model/read-demand.js'
export type {
  ResolveChoice,
  ResolvedDependency,
  ResolvedPackage,
  ResolveRequest,
  ResolveRoot,
} from './model/resolution.js'
export type { FacetCounts, FacetValue, SearchFacet } from './model/search-facet.js'
export type { SignedChange, SignedOwnerChange, SignedVersion } from './model/signed-write.js'
export type { PackageSummary, VersionSummary } from './model/summary.js'
export { MemoryMetrics } from './runtime/memory-metrics.js'
export type { MetricFamily, MetricLabels, MetricSeries, MetricsCollector } from './runtime/metrics.js'
export { PrometheusMetrics } from './runtime/prometheus-metrics.js'
export { OpensslCrypto, PortableCrypto } from './trust/crypto.js'
export { Ed25519Signer, type Signer } from './trust/signer.js'
