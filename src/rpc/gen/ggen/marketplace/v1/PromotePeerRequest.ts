// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.


export interface PromotePeerRequest {
  'id'?: (string);
  'replacing'?: (string);
}

export interface PromotePeerRequest__Output {
  'id': (string);
  'replacing': (string);
}
