// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { VersionSummary as _ggen_marketplace_v1_VersionSummary, VersionSummary__Output as _ggen_marketplace_v1_VersionSummary__Output } from '../../../ggen/marketplace/v1/VersionSummary.js';

export interface WatchListing {
  'versions'?: (_ggen_marketplace_v1_VersionSummary)[];
  'complete'?: (boolean);
}

export interface WatchListing__Output {
  'versions': (_ggen_marketplace_v1_VersionSummary__Output)[];
  'complete': (boolean);
}
