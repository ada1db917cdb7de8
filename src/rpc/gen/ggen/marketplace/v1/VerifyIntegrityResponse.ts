// Generated from proto/ggen/marketplace/v1/package_store_service.proto by `npm run proto`; do not edit.

import type { ContentHash as _ggen_marketplace_v1_ContentHash, ContentHash__Output as _ggen_marketplace_v1_ContentHash__Output } from '../../../ggen/marketplace/v1/ContentHash.js';
import type { Long } from '@grpc/proto-loader';

export interface VerifyIntegrityResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'checked'?: (number | string | Long);
  'damaged'?: (_ggen_marketplace_v1_ContentHash)[];
  'done'?: (boolean);
}

export interface VerifyIntegrityResponse__Output {
  'index': (number);
  'historyId': (string);
  'checked': (number);
  'damaged': (_ggen_marketplace_v1_ContentHash__Output)[];
  'done': (boolean);
}
