// Generated from proto/ggen/marketplace/v1/package_store_service.proto by `npm run proto`; do not edit.

import type { ContentHash as _ggen_marketplace_v1_ContentHash, ContentHash__Output as _ggen_marketplace_v1_ContentHash__Output } from '../../../ggen/marketplace/v1/ContentHash.js';
import type { Long } from '@grpc/proto-loader';

export interface GetMetadataResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'contentHash'?: (_ggen_marketplace_v1_ContentHash | null);
  'sizeBytes'?: (number | string | Long);
}

export interface GetMetadataResponse__Output {
  'index': (number);
  'historyId': (string);
  'contentHash': (_ggen_marketplace_v1_ContentHash__Output | null);
  'sizeBytes': (number);
}
