// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface IsYankedResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'yanked'?: (boolean);
  'reason'?: (string);
}

export interface IsYankedResponse__Output {
  'index': (number);
  'historyId': (string);
  'yanked': (boolean);
  'reason': (string);
}
