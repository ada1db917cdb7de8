// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface VerifyRequest {
  'bytesPerSecond'?: (number | string | Long);
}

export interface VerifyRequest__Output {
  'bytesPerSecond': (number);
}
