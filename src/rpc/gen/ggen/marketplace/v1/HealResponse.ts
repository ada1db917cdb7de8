// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.


export interface HealResponse {
  'nodeId'?: (string);
  'begun'?: (boolean);
  'fault'?: (string);
}

export interface HealResponse__Output {
  'nodeId': (string);
  'begun': (boolean);
  'fault': (string);
}
