// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { PackageId as _ggen_marketplace_v1_PackageId, PackageId__Output as _ggen_marketplace_v1_PackageId__Output } from '../../../ggen/marketplace/v1/PackageId.js';
import type { VersionSummary as _ggen_marketplace_v1_VersionSummary, VersionSummary__Output as _ggen_marketplace_v1_VersionSummary__Output } from '../../../ggen/marketplace/v1/VersionSummary.js';

export interface UpdateState {
  'id'?: (_ggen_marketplace_v1_PackageId | null);
  'installed'?: (_ggen_marketplace_v1_VersionSummary | null);
  'wanted'?: (_ggen_marketplace_v1_VersionSummary | null);
  'latest'?: (_ggen_marketplace_v1_VersionSummary | null);
}

export interface UpdateState__Output {
  'id': (_ggen_marketplace_v1_PackageId__Output | null);
  'installed': (_ggen_marketplace_v1_VersionSummary__Output | null);
  'wanted': (_ggen_marketplace_v1_VersionSummary__Output | null);
  'latest': (_ggen_marketplace_v1_VersionSummary__Output | null);
}
