// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface BackupHeader {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'clusterId'?: (string);
  'term'?: (number | string | Long);
  'logTimeMs'?: (number | string | Long);
  'nodeId'?: (string);
}

export interface BackupHeader__Output {
  'index': (number);
  'historyId': (string);
  'clusterId': (string);
  'term': (number);
  'logTimeMs': (number);
  'nodeId': (string);
}
