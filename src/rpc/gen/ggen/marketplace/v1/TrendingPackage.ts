// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { PackageSummary as _ggen_marketplace_v1_PackageSummary, PackageSummary__Output as _ggen_marketplace_v1_PackageSummary__Output } from '../../../ggen/marketplace/v1/PackageSummary.js';
import type { Long } from '@grpc/proto-loader';

export interface TrendingPackage {
  'package'?: (_ggen_marketplace_v1_PackageSummary | null);
  'downloads'?: (number | string | Long);
}

export interface TrendingPackage__Output {
  'package': (_ggen_marketplace_v1_PackageSummary__Output | null);
  'downloads': (number);
}
