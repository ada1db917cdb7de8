// Generated from proto/ggen/marketplace/v1/package_store_service.proto by `npm run proto`; do not edit.

import type { ContentHash as _ggen_marketplace_v1_ContentHash, ContentHash__Output as _ggen_marketplace_v1_ContentHash__Output } from '../../../ggen/marketplace/v1/ContentHash.js';
import type { PackageId as _ggen_marketplace_v1_PackageId, PackageId__Output as _ggen_marketplace_v1_PackageId__Output } from '../../../ggen/marketplace/v1/PackageId.js';
import type { Consistency as _ggen_marketplace_v1_Consistency, Consistency__Output as _ggen_marketplace_v1_Consistency__Output } from '../../../ggen/marketplace/v1/Consistency.js';
import type { Long } from '@grpc/proto-loader';

export interface DownloadRequest {
  'contentHash'?: (_ggen_marketplace_v1_ContentHash | null);
  'id'?: (_ggen_marketplace_v1_PackageId | null);
  'offset'?: (number | string | Long);
  'length'?: (number | string | Long);
  'historyId'?: (string);
  'minIndex'?: (number | string | Long);
  'consistency'?: (_ggen_marketplace_v1_Consistency);
}

export interface DownloadRequest__Output {
  'contentHash': (_ggen_marketplace_v1_ContentHash__Output | null);
  'id': (_ggen_marketplace_v1_PackageId__Output | null);
  'offset': (number);
  'length': (number);
  'historyId': (string);
  'minIndex': (number);
  'consistency': (_ggen_marketplace_v1_Consistency__Output);
}
