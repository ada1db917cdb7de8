// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface SnapshotResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'nodeId'?: (string);
  'firstIndex'?: (number | string | Long);
  'entriesDropped'?: (number | string | Long);
}

export interface SnapshotResponse__Output {
  'index': (number);
  'historyId': (string);
  'nodeId': (string);
  'firstIndex': (number);
  'entriesDropped': (number);
}
