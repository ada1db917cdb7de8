// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.


export interface AddPeerRequest {
  'id'?: (string);
  'peerAddress'?: (string);
  'move'?: (boolean);
  'unseen'?: (boolean);
}

export interface AddPeerRequest__Output {
  'id': (string);
  'peerAddress': (string);
  'move': (boolean);
  'unseen': (boolean);
}
