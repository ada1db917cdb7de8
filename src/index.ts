export type {
  ClusterMember,
  MemberLag,
  MembersAnswer,
  ReplicationLag,
  SnapshotAnswer,
  TransferAnswer,
} from './client/cluster-members.js'
export type { ClusterStatus, ConfigurationState, NodeRole, NodeState } from './client/cluster-status.js'
export { MarketplaceBuilder } from './client/marketplace-builder.js'
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
export type { Owner, OwnersAnswer, OwnersReceipt } from './client/owner-calls.js'
export type { WatchEvent, WatchOptions } from './client/watch-call.js'
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
export { Ed25519Signer } from './trust/signer.js'
