// Generated from proto/ggen/marketplace/v1/search_service.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface OptimizeResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'nodeId'?: (string);
  'documents'?: (number | string | Long);
  'segments'?: (number | string | Long);
}

export interface OptimizeResponse__Output {
  'index': (number);
  'historyId': (string);
  'nodeId': (string);
  'documents': (number);
  'segments': (number);
}
