// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface SetQuotaRequest {
  'namespace'?: (string);
  'bytesMax'?: (number | string | Long);
  'versionsMax'?: (number | string | Long);
  'requestId'?: (Buffer | Uint8Array | string);
  '_bytesMax'?: "bytesMax";
  '_versionsMax'?: "versionsMax";
}

export interface SetQuotaRequest__Output {
  'namespace': (string);
  'bytesMax'?: (number);
  'versionsMax'?: (number);
  'requestId': (Buffer);
  '_bytesMax'?: "bytesMax";
  '_versionsMax'?: "versionsMax";
}
