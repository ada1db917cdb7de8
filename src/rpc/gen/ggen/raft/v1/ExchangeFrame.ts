// Generated from proto/ggen/raft/v1/peer.proto by `npm run proto`; do not edit.

import type { Hello as _ggen_raft_v1_Hello, Hello__Output as _ggen_raft_v1_Hello__Output } from '../../../ggen/raft/v1/Hello.js';
import type { Batch as _ggen_raft_v1_Batch, Batch__Output as _ggen_raft_v1_Batch__Output } from '../../../ggen/raft/v1/Batch.js';
import type { Failure as _ggen_raft_v1_Failure, Failure__Output as _ggen_raft_v1_Failure__Output } from '../../../ggen/raft/v1/Failure.js';

export interface ExchangeFrame {
  'hello'?: (_ggen_raft_v1_Hello | null);
  'batch'?: (_ggen_raft_v1_Batch | null);
  'failure'?: (_ggen_raft_v1_Failure | null);
  'content'?: "hello"|"batch"|"failure";
}

export interface ExchangeFrame__Output {
  'hello'?: (_ggen_raft_v1_Hello__Output | null);
  'batch'?: (_ggen_raft_v1_Batch__Output | null);
  'failure'?: (_ggen_raft_v1_Failure__Output | null);
  'content'?: "hello"|"batch"|"failure";
}
