// Generated from proto/ggen/raft/v1/peer.proto by `npm run proto`; do not edit.


export interface Batch {
  'messages'?: (Buffer | Uint8Array | string)[];
}

export interface Batch__Output {
  'messages': (Buffer)[];
}
