// Generated from proto/ggen/raft/v1/peer.proto by `npm run proto`; do not edit.


export interface FailureDetail {
  'name'?: (string);
  'value'?: (string);
}

export interface FailureDetail__Output {
  'name': (string);
  'value': (string);
}
