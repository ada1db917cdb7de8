// Generated from proto/ggen/marketplace/v1/package_store_service.proto by `npm run proto`; do not edit.

import type { DownloadHeader as _ggen_marketplace_v1_DownloadHeader, DownloadHeader__Output as _ggen_marketplace_v1_DownloadHeader__Output } from '../../../ggen/marketplace/v1/DownloadHeader.js';

export interface DownloadResponse {
  'header'?: (_ggen_marketplace_v1_DownloadHeader | null);
  'chunk'?: (Buffer | Uint8Array | string);
  'part'?: "header"|"chunk";
}

export interface DownloadResponse__Output {
  'header'?: (_ggen_marketplace_v1_DownloadHeader__Output | null);
  'chunk'?: (Buffer);
  'part'?: "header"|"chunk";
}
