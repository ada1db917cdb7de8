// Generated from proto/ggen/marketplace/v1/package_store_service.proto by `npm run proto`; do not edit.

import type { ContentHash as _ggen_marketplace_v1_ContentHash, ContentHash__Output as _ggen_marketplace_v1_ContentHash__Output } from '../../../ggen/marketplace/v1/ContentHash.js';

export interface CopyToRequest {
  'contentHash'?: (_ggen_marketplace_v1_ContentHash | null);
  'nodeId'?: (string);
  'store'?: (string);
  'requestId'?: (Buffer | Uint8Array | string);
}

export interface CopyToRequest__Output {
  'contentHash': (_ggen_marketplace_v1_ContentHash__Output | null);
  'nodeId': (string);
  'store': (string);
  'requestId': (Buffer);
}
