// Generated from proto/ggen/raft/v1/peer.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface CallTrailer {
  'bodyBytes'?: (number | string | Long);
}

export interface CallTrailer__Output {
  'bodyBytes': (number);
}
