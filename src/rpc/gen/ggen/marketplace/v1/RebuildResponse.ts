// Generated from proto/ggen/marketplace/v1/search_service.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface RebuildResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'nodeId'?: (string);
  'documents'?: (number | string | Long);
  'done'?: (boolean);
}

export interface RebuildResponse__Output {
  'index': (number);
  'historyId': (string);
  'nodeId': (string);
  'documents': (number);
  'done': (boolean);
}
