// Generated from proto/ggen/marketplace/v1/package_store_service.proto by `npm run proto`; do not edit.

import type { UploadHeader as _ggen_marketplace_v1_UploadHeader, UploadHeader__Output as _ggen_marketplace_v1_UploadHeader__Output } from '../../../ggen/marketplace/v1/UploadHeader.js';

export interface UploadRequest {
  'header'?: (_ggen_marketplace_v1_UploadHeader | null);
  'chunk'?: (Buffer | Uint8Array | string);
  'part'?: "header"|"chunk";
}

export interface UploadRequest__Output {
  'header'?: (_ggen_marketplace_v1_UploadHeader__Output | null);
  'chunk'?: (Buffer);
  'part'?: "header"|"chunk";
}
