// Generated from proto/ggen/raft/v1/peer.proto by `npm run proto`; do not edit.

import type { Hello as _ggen_raft_v1_Hello, Hello__Output as _ggen_raft_v1_Hello__Output } from '../../../ggen/raft/v1/Hello.js';
import type { CallHeader as _ggen_raft_v1_CallHeader, CallHeader__Output as _ggen_raft_v1_CallHeader__Output } from '../../../ggen/raft/v1/CallHeader.js';
import type { CallTrailer as _ggen_raft_v1_CallTrailer, CallTrailer__Output as _ggen_raft_v1_CallTrailer__Output } from '../../../ggen/raft/v1/CallTrailer.js';
import type { Failure as _ggen_raft_v1_Failure, Failure__Output as _ggen_raft_v1_Failure__Output } from '../../../ggen/raft/v1/Failure.js';

export interface CallFrame {
  'hello'?: (_ggen_raft_v1_Hello | null);
  'header'?: (_ggen_raft_v1_CallHeader | null);
  'chunk'?: (Buffer | Uint8Array | string);
  'trailer'?: (_ggen_raft_v1_CallTrailer | null);
  'failure'?: (_ggen_raft_v1_Failure | null);
  'content'?: "hello"|"header"|"chunk"|"trailer"|"failure";
}

export interface CallFrame__Output {
  'hello'?: (_ggen_raft_v1_Hello__Output | null);
  'header'?: (_ggen_raft_v1_CallHeader__Output | null);
  'chunk'?: (Buffer);
  'trailer'?: (_ggen_raft_v1_CallTrailer__Output | null);
  'failure'?: (_ggen_raft_v1_Failure__Output | null);
  'content'?: "hello"|"header"|"chunk"|"trailer"|"failure";
}
