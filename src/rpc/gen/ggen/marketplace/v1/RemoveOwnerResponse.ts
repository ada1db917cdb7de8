// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface RemoveOwnerResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'changed'?: (boolean);
}

export interface RemoveOwnerResponse__Output {
  'index': (number);
  'historyId': (string);
  'changed': (boolean);
}
