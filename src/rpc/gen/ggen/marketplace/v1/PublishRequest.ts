// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { PublishHeader as _ggen_marketplace_v1_PublishHeader, PublishHeader__Output as _ggen_marketplace_v1_PublishHeader__Output } from '../../../ggen/marketplace/v1/PublishHeader.js';

export interface PublishRequest {
  'header'?: (_ggen_marketplace_v1_PublishHeader | null);
  'chunk'?: (Buffer | Uint8Array | string);
  'part'?: "header"|"chunk";
}

export interface PublishRequest__Output {
  'header'?: (_ggen_marketplace_v1_PublishHeader__Output | null);
  'chunk'?: (Buffer);
  'part'?: "header"|"chunk";
}
