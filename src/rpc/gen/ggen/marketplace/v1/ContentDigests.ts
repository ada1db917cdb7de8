// Generated from proto/ggen/marketplace/v1/package.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface ContentDigests {
  'sha256'?: (string);
  'sizeBytes'?: (number | string | Long);
  'sha1'?: (string);
  'sha512'?: (string);
  'tarSha256'?: (string);
}

export interface ContentDigests__Output {
  'sha256': (string);
  'sizeBytes': (number);
  'sha1': (string);
  'sha512': (string);
  'tarSha256': (string);
}
