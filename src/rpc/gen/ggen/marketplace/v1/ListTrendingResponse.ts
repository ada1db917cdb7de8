// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { TrendingPackage as _ggen_marketplace_v1_TrendingPackage, TrendingPackage__Output as _ggen_marketplace_v1_TrendingPackage__Output } from '../../../ggen/marketplace/v1/TrendingPackage.js';
import type { Long } from '@grpc/proto-loader';

export interface ListTrendingResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'packages'?: (_ggen_marketplace_v1_TrendingPackage)[];
  'nextPageToken'?: (string);
}

export interface ListTrendingResponse__Output {
  'index': (number);
  'historyId': (string);
  'packages': (_ggen_marketplace_v1_TrendingPackage__Output)[];
  'nextPageToken': (string);
}
