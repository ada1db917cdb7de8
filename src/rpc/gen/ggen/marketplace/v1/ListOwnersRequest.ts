// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { OwnerScope as _ggen_marketplace_v1_OwnerScope, OwnerScope__Output as _ggen_marketplace_v1_OwnerScope__Output } from '../../../ggen/marketplace/v1/OwnerScope.js';
import type { Consistency as _ggen_marketplace_v1_Consistency, Consistency__Output as _ggen_marketplace_v1_Consistency__Output } from '../../../ggen/marketplace/v1/Consistency.js';
import type { Long } from '@grpc/proto-loader';

export interface ListOwnersRequest {
  'scope'?: (_ggen_marketplace_v1_OwnerScope | null);
  'historyId'?: (string);
  'minIndex'?: (number | string | Long);
  'consistency'?: (_ggen_marketplace_v1_Consistency);
}

export interface ListOwnersRequest__Output {
  'scope': (_ggen_marketplace_v1_OwnerScope__Output | null);
  'historyId': (string);
  'minIndex': (number);
  'consistency': (_ggen_marketplace_v1_Consistency__Output);
}
