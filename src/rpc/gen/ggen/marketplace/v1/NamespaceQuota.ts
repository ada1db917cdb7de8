// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface NamespaceQuota {
  'namespace'?: (string);
  'bytes'?: (number | string | Long);
  'versions'?: (number | string | Long);
  'bytesMax'?: (number | string | Long);
  'versionsMax'?: (number | string | Long);
  '_bytesMax'?: "bytesMax";
  '_versionsMax'?: "versionsMax";
}

export interface NamespaceQuota__Output {
  'namespace': (string);
  'bytes': (number);
  'versions': (number);
  'bytesMax'?: (number);
  'versionsMax'?: (number);
  '_bytesMax'?: "bytesMax";
  '_versionsMax'?: "versionsMax";
}
