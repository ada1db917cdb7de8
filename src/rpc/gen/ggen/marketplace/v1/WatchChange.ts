// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { ChangeKind as _ggen_marketplace_v1_ChangeKind, ChangeKind__Output as _ggen_marketplace_v1_ChangeKind__Output } from '../../../ggen/marketplace/v1/ChangeKind.js';
import type { PackageId as _ggen_marketplace_v1_PackageId, PackageId__Output as _ggen_marketplace_v1_PackageId__Output } from '../../../ggen/marketplace/v1/PackageId.js';
import type { OwnerScope as _ggen_marketplace_v1_OwnerScope, OwnerScope__Output as _ggen_marketplace_v1_OwnerScope__Output } from '../../../ggen/marketplace/v1/OwnerScope.js';

export interface WatchChange {
  'kind'?: (_ggen_marketplace_v1_ChangeKind);
  'id'?: (_ggen_marketplace_v1_PackageId | null);
  'scope'?: (_ggen_marketplace_v1_OwnerScope | null);
}

export interface WatchChange__Output {
  'kind': (_ggen_marketplace_v1_ChangeKind__Output);
  'id': (_ggen_marketplace_v1_PackageId__Output | null);
  'scope': (_ggen_marketplace_v1_OwnerScope__Output | null);
}
