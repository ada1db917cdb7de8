// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { DayDownloads as _ggen_marketplace_v1_DayDownloads, DayDownloads__Output as _ggen_marketplace_v1_DayDownloads__Output } from '../../../ggen/marketplace/v1/DayDownloads.js';
import type { VersionDownloads as _ggen_marketplace_v1_VersionDownloads, VersionDownloads__Output as _ggen_marketplace_v1_VersionDownloads__Output } from '../../../ggen/marketplace/v1/VersionDownloads.js';
import type { Long } from '@grpc/proto-loader';

export interface GetStatsResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'packages'?: (number | string | Long);
  'versions'?: (number | string | Long);
  'downloads'?: (number | string | Long);
  'days'?: (_ggen_marketplace_v1_DayDownloads)[];
  'versionDownloads'?: (_ggen_marketplace_v1_VersionDownloads)[];
}

export interface GetStatsResponse__Output {
  'index': (number);
  'historyId': (string);
  'packages': (number);
  'versions': (number);
  'downloads': (number);
  'days': (_ggen_marketplace_v1_DayDownloads__Output)[];
  'versionDownloads': (_ggen_marketplace_v1_VersionDownloads__Output)[];
}
