// Generated from proto/ggen/marketplace/v1/package_store_service.proto by `npm run proto`; do not edit.

import type { Blob as _ggen_marketplace_v1_Blob, Blob__Output as _ggen_marketplace_v1_Blob__Output } from '../../../ggen/marketplace/v1/Blob.js';
import type { Long } from '@grpc/proto-loader';

export interface ListResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'blobs'?: (_ggen_marketplace_v1_Blob)[];
  'nextPageToken'?: (string);
}

export interface ListResponse__Output {
  'index': (number);
  'historyId': (string);
  'blobs': (_ggen_marketplace_v1_Blob__Output)[];
  'nextPageToken': (string);
}
