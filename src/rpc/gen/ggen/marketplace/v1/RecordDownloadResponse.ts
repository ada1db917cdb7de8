// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface RecordDownloadResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
}

export interface RecordDownloadResponse__Output {
  'index': (number);
  'historyId': (string);
}
