// Generated from proto/ggen/marketplace/v1/package_store_service.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface PackageStoreServiceStatsResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'nodeId'?: (string);
  'blobs'?: (number | string | Long);
  'bytes'?: (number | string | Long);
  'referencedBlobs'?: (number | string | Long);
  'references'?: (number | string | Long);
  'referencedBytes'?: (number | string | Long);
  'sharedBytes'?: (number | string | Long);
}

export interface PackageStoreServiceStatsResponse__Output {
  'index': (number);
  'historyId': (string);
  'nodeId': (string);
  'blobs': (number);
  'bytes': (number);
  'referencedBlobs': (number);
  'references': (number);
  'referencedBytes': (number);
  'sharedBytes': (number);
}
