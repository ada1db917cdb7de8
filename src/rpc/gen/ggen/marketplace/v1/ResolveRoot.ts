// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { PackageRef as _ggen_marketplace_v1_PackageRef, PackageRef__Output as _ggen_marketplace_v1_PackageRef__Output } from '../../../ggen/marketplace/v1/PackageRef.js';

export interface ResolveRoot {
  'ref'?: (_ggen_marketplace_v1_PackageRef | null);
  'requirement'?: (string);
}

export interface ResolveRoot__Output {
  'ref': (_ggen_marketplace_v1_PackageRef__Output | null);
  'requirement': (string);
}
