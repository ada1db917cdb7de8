// Generated from proto/ggen/raft/v1/peer.proto by `npm run proto`; do not edit.

import type { FailureDetail as _ggen_raft_v1_FailureDetail, FailureDetail__Output as _ggen_raft_v1_FailureDetail__Output } from '../../../ggen/raft/v1/FailureDetail.js';

export interface Failure {
  'reason'?: (string);
  'message'?: (string);
  'help'?: (string);
  'field'?: (string);
  'details'?: (_ggen_raft_v1_FailureDetail)[];
}

export interface Failure__Output {
  'reason': (string);
  'message': (string);
  'help': (string);
  'field': (string);
  'details': (_ggen_raft_v1_FailureDetail__Output)[];
}
