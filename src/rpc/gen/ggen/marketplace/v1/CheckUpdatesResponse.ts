// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { UpdateState as _ggen_marketplace_v1_UpdateState, UpdateState__Output as _ggen_marketplace_v1_UpdateState__Output } from '../../../ggen/marketplace/v1/UpdateState.js';
import type { Long } from '@grpc/proto-loader';

export interface CheckUpdatesResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'updates'?: (_ggen_marketplace_v1_UpdateState)[];
}

export interface CheckUpdatesResponse__Output {
  'index': (number);
  'historyId': (string);
  'updates': (_ggen_marketplace_v1_UpdateState__Output)[];
}
