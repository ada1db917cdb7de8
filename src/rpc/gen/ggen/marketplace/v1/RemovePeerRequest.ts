// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.


export interface RemovePeerRequest {
  'id'?: (string);
}

export interface RemovePeerRequest__Output {
  'id': (string);
}
