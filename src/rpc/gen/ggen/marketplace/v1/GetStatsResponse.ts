// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface GetStatsResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'packages'?: (number | string | Long);
  'versions'?: (number | string | Long);
  'downloads'?: (number | string | Long);
}

export interface GetStatsResponse__Output {
  'index': (number);
  'historyId': (string);
  'packages': (number);
  'versions': (number);
  'downloads': (number);
}
