// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { PackageId as _ggen_marketplace_v1_PackageId, PackageId__Output as _ggen_marketplace_v1_PackageId__Output } from '../../../ggen/marketplace/v1/PackageId.js';
import type { DependencyKind as _ggen_marketplace_v1_DependencyKind, DependencyKind__Output as _ggen_marketplace_v1_DependencyKind__Output } from '../../../ggen/marketplace/v1/DependencyKind.js';

export interface ResolvedDependency {
  'id'?: (_ggen_marketplace_v1_PackageId | null);
  'requirement'?: (string);
  'kind'?: (_ggen_marketplace_v1_DependencyKind);
}

export interface ResolvedDependency__Output {
  'id': (_ggen_marketplace_v1_PackageId__Output | null);
  'requirement': (string);
  'kind': (_ggen_marketplace_v1_DependencyKind__Output);
}
