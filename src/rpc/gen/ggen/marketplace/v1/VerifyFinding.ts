// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface VerifyFinding {
  'area'?: (string);
  'file'?: (string);
  'offset'?: (number | string | Long);
  'what'?: (string);
  'remedy'?: (string);
  '_offset'?: "offset";
}

export interface VerifyFinding__Output {
  'area': (string);
  'file': (string);
  'offset'?: (number);
  'what': (string);
  'remedy': (string);
  '_offset'?: "offset";
}
