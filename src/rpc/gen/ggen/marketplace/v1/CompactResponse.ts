// Generated from proto/ggen/marketplace/v1/package_store_service.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface CompactResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'nodeId'?: (string);
  'examined'?: (number | string | Long);
  'removed'?: (number | string | Long);
  'removedBytes'?: (number | string | Long);
  'leased'?: (number | string | Long);
}

export interface CompactResponse__Output {
  'index': (number);
  'historyId': (string);
  'nodeId': (string);
  'examined': (number);
  'removed': (number);
  'removedBytes': (number);
  'leased': (number);
}
