// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { PackageSummary as _ggen_marketplace_v1_PackageSummary, PackageSummary__Output as _ggen_marketplace_v1_PackageSummary__Output } from '../../../ggen/marketplace/v1/PackageSummary.js';
import type { Long } from '@grpc/proto-loader';

export interface ListByAuthorResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'packages'?: (_ggen_marketplace_v1_PackageSummary)[];
  'nextPageToken'?: (string);
}

export interface ListByAuthorResponse__Output {
  'index': (number);
  'historyId': (string);
  'packages': (_ggen_marketplace_v1_PackageSummary__Output)[];
  'nextPageToken': (string);
}
