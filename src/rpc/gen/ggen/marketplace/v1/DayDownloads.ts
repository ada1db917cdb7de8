// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface DayDownloads {
  'date'?: (string);
  'downloads'?: (number | string | Long);
}

export interface DayDownloads__Output {
  'date': (string);
  'downloads': (number);
}
