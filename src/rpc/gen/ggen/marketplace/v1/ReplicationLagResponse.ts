// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.

import type { MemberLag as _ggen_marketplace_v1_MemberLag, MemberLag__Output as _ggen_marketplace_v1_MemberLag__Output } from '../../../ggen/marketplace/v1/MemberLag.js';
import type { Long } from '@grpc/proto-loader';

export interface ReplicationLagResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'commitIndex'?: (number | string | Long);
  'leader'?: (string);
  'members'?: (_ggen_marketplace_v1_MemberLag)[];
}

export interface ReplicationLagResponse__Output {
  'index': (number);
  'historyId': (string);
  'commitIndex': (number);
  'leader': (string);
  'members': (_ggen_marketplace_v1_MemberLag__Output)[];
}
