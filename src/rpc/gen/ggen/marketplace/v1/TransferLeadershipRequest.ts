// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.


export interface TransferLeadershipRequest {
  'to'?: (string);
}

export interface TransferLeadershipRequest__Output {
  'to': (string);
}
