// Generated from proto/ggen/raft/v1/peer.proto by `npm run proto`; do not edit.


export interface CallHeader {
  'procedure'?: (string);
  'header'?: (Buffer | Uint8Array | string);
  'hasBody'?: (boolean);
}

export interface CallHeader__Output {
  'procedure': (string);
  'header': (Buffer);
  'hasBody': (boolean);
}
