// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface MemberLag {
  'id'?: (string);
  'voter'?: (boolean);
  'reachable'?: (boolean);
  'entriesBehind'?: (number | string | Long);
  'blobsMissing'?: (number | string | Long);
  'blobsCounted'?: (boolean);
}

export interface MemberLag__Output {
  'id': (string);
  'voter': (boolean);
  'reachable': (boolean);
  'entriesBehind': (number);
  'blobsMissing': (number);
  'blobsCounted': (boolean);
}
