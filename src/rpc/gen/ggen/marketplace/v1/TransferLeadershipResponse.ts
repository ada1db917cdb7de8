// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface TransferLeadershipResponse {
  'changed'?: (boolean);
  'leader'?: (string);
  'term'?: (number | string | Long);
}

export interface TransferLeadershipResponse__Output {
  'changed': (boolean);
  'leader': (string);
  'term': (number);
}
