// Generated from proto/ggen/marketplace/v1/package.proto by `npm run proto`; do not edit.

import type { PackageId as _ggen_marketplace_v1_PackageId, PackageId__Output as _ggen_marketplace_v1_PackageId__Output } from '../../../ggen/marketplace/v1/PackageId.js';
import type { ContentHash as _ggen_marketplace_v1_ContentHash, ContentHash__Output as _ggen_marketplace_v1_ContentHash__Output } from '../../../ggen/marketplace/v1/ContentHash.js';
import type { Long } from '@grpc/proto-loader';

export interface VersionSummary {
  'id'?: (_ggen_marketplace_v1_PackageId | null);
  'contentHash'?: (_ggen_marketplace_v1_ContentHash | null);
  'sizeBytes'?: (number | string | Long);
  'publishedAtMs'?: (number | string | Long);
  'publishedIndex'?: (number | string | Long);
  'yanked'?: (boolean);
  'yankReason'?: (string);
  'deprecated'?: (string);
}

export interface VersionSummary__Output {
  'id': (_ggen_marketplace_v1_PackageId__Output | null);
  'contentHash': (_ggen_marketplace_v1_ContentHash__Output | null);
  'sizeBytes': (number);
  'publishedAtMs': (number);
  'publishedIndex': (number);
  'yanked': (boolean);
  'yankReason': (string);
  'deprecated': (string);
}
