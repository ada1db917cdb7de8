// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { VersionSummary as _ggen_marketplace_v1_VersionSummary, VersionSummary__Output as _ggen_marketplace_v1_VersionSummary__Output } from '../../../ggen/marketplace/v1/VersionSummary.js';
import type { Long } from '@grpc/proto-loader';

export interface ResolveVersionResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'version'?: (_ggen_marketplace_v1_VersionSummary | null);
}

export interface ResolveVersionResponse__Output {
  'index': (number);
  'historyId': (string);
  'version': (_ggen_marketplace_v1_VersionSummary__Output | null);
}
