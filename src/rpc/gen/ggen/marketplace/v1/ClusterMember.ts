// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.


export interface ClusterMember {
  'id'?: (string);
  'peerAddress'?: (string);
  'voter'?: (boolean);
}

export interface ClusterMember__Output {
  'id': (string);
  'peerAddress': (string);
  'voter': (boolean);
}
