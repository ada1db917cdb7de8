// Generated from proto/ggen/marketplace/v1/package_store_service.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface DeleteResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
}

export interface DeleteResponse__Output {
  'index': (number);
  'historyId': (string);
}
