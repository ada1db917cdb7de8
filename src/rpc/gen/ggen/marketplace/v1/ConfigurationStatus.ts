// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface ConfigurationStatus {
  'index'?: (number | string | Long);
  'joint'?: (boolean);
  'committed'?: (boolean);
}

export interface ConfigurationStatus__Output {
  'index': (number);
  'joint': (boolean);
  'committed': (boolean);
}
