// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.

import type { ClusterMember as _ggen_marketplace_v1_ClusterMember, ClusterMember__Output as _ggen_marketplace_v1_ClusterMember__Output } from '../../../ggen/marketplace/v1/ClusterMember.js';
import type { Long } from '@grpc/proto-loader';

export interface RemovePeerResponse {
  'changed'?: (boolean);
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'members'?: (_ggen_marketplace_v1_ClusterMember)[];
}

export interface RemovePeerResponse__Output {
  'changed': (boolean);
  'index': (number);
  'historyId': (string);
  'members': (_ggen_marketplace_v1_ClusterMember__Output)[];
}
