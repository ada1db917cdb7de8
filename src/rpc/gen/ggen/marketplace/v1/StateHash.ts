// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface StateHash {
  'index'?: (number | string | Long);
  'hash'?: (string);
}

export interface StateHash__Output {
  'index': (number);
  'hash': (string);
}
