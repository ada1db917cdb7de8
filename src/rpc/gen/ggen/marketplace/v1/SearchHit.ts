// Generated from proto/ggen/marketplace/v1/search_service.proto by `npm run proto`; do not edit.

import type { PackageId as _ggen_marketplace_v1_PackageId, PackageId__Output as _ggen_marketplace_v1_PackageId__Output } from '../../../ggen/marketplace/v1/PackageId.js';
import type { PackageSummary as _ggen_marketplace_v1_PackageSummary, PackageSummary__Output as _ggen_marketplace_v1_PackageSummary__Output } from '../../../ggen/marketplace/v1/PackageSummary.js';

export interface SearchHit {
  'id'?: (_ggen_marketplace_v1_PackageId | null);
  'score'?: (number | string);
  'summary'?: (_ggen_marketplace_v1_PackageSummary | null);
}

export interface SearchHit__Output {
  'id': (_ggen_marketplace_v1_PackageId__Output | null);
  'score': (number);
  'summary': (_ggen_marketplace_v1_PackageSummary__Output | null);
}
