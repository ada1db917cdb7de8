// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { PublicKey as _ggen_marketplace_v1_PublicKey, PublicKey__Output as _ggen_marketplace_v1_PublicKey__Output } from '../../../ggen/marketplace/v1/PublicKey.js';
import type { OwnerScope as _ggen_marketplace_v1_OwnerScope, OwnerScope__Output as _ggen_marketplace_v1_OwnerScope__Output } from '../../../ggen/marketplace/v1/OwnerScope.js';
import type { Long } from '@grpc/proto-loader';

export interface ListOwnersResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'owners'?: (_ggen_marketplace_v1_PublicKey)[];
  'scope'?: (_ggen_marketplace_v1_OwnerScope | null);
}

export interface ListOwnersResponse__Output {
  'index': (number);
  'historyId': (string);
  'owners': (_ggen_marketplace_v1_PublicKey__Output)[];
  'scope': (_ggen_marketplace_v1_OwnerScope__Output | null);
}
