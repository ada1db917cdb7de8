// Generated from proto/ggen/marketplace/v1/search_service.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface SearchServiceStatsResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'nodeId'?: (string);
  'documents'?: (number | string | Long);
  'segments'?: (number | string | Long);
  'pendingChanges'?: (number | string | Long);
  'generation'?: (number | string | Long);
  'rebuilding'?: (boolean);
}

export interface SearchServiceStatsResponse__Output {
  'index': (number);
  'historyId': (string);
  'nodeId': (string);
  'documents': (number);
  'segments': (number);
  'pendingChanges': (number);
  'generation': (number);
  'rebuilding': (boolean);
}
