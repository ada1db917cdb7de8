// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.

import type { BackupHeader as _ggen_marketplace_v1_BackupHeader, BackupHeader__Output as _ggen_marketplace_v1_BackupHeader__Output } from '../../../ggen/marketplace/v1/BackupHeader.js';

export interface RestoreRequest {
  'header'?: (_ggen_marketplace_v1_BackupHeader | null);
  'chunk'?: (Buffer | Uint8Array | string);
  'blobSha256'?: (string);
  'part'?: "header"|"chunk"|"blobSha256";
}

export interface RestoreRequest__Output {
  'header'?: (_ggen_marketplace_v1_BackupHeader__Output | null);
  'chunk'?: (Buffer);
  'blobSha256'?: (string);
  'part'?: "header"|"chunk"|"blobSha256";
}
