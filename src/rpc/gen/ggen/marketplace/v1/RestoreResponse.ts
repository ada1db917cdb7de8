// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface RestoreResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'clusterId'?: (string);
  'nodeId'?: (string);
  'blobs'?: (number | string | Long);
  'blobBytes'?: (number | string | Long);
}

export interface RestoreResponse__Output {
  'index': (number);
  'historyId': (string);
  'clusterId': (string);
  'nodeId': (string);
  'blobs': (number);
  'blobBytes': (number);
}
