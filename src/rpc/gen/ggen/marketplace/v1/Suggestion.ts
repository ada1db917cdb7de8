// Generated from proto/ggen/marketplace/v1/search_service.proto by `npm run proto`; do not edit.

import type { PackageId as _ggen_marketplace_v1_PackageId, PackageId__Output as _ggen_marketplace_v1_PackageId__Output } from '../../../ggen/marketplace/v1/PackageId.js';

export interface Suggestion {
  'id'?: (_ggen_marketplace_v1_PackageId | null);
}

export interface Suggestion__Output {
  'id': (_ggen_marketplace_v1_PackageId__Output | null);
}
