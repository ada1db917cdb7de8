// Generated from proto/ggen/marketplace/v1/package_store_service.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface CopyToResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'sizeBytes'?: (number | string | Long);
}

export interface CopyToResponse__Output {
  'index': (number);
  'historyId': (string);
  'sizeBytes': (number);
}
