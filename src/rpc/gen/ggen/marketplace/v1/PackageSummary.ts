// Generated from proto/ggen/marketplace/v1/package.proto by `npm run proto`; do not edit.

import type { PackageId as _ggen_marketplace_v1_PackageId, PackageId__Output as _ggen_marketplace_v1_PackageId__Output } from '../../../ggen/marketplace/v1/PackageId.js';
import type { ContentHash as _ggen_marketplace_v1_ContentHash, ContentHash__Output as _ggen_marketplace_v1_ContentHash__Output } from '../../../ggen/marketplace/v1/ContentHash.js';
import type { Long } from '@grpc/proto-loader';

export interface PackageSummary {
  'id'?: (_ggen_marketplace_v1_PackageId | null);
  'kind'?: (string);
  'description'?: (string);
  'license'?: (string);
  'keywords'?: (string)[];
  'publishedAtMs'?: (number | string | Long);
  'contentHash'?: (_ggen_marketplace_v1_ContentHash | null);
  'yanked'?: (boolean);
  'deprecated'?: (string);
}

export interface PackageSummary__Output {
  'id': (_ggen_marketplace_v1_PackageId__Output | null);
  'kind': (string);
  'description': (string);
  'license': (string);
  'keywords': (string)[];
  'publishedAtMs': (number);
  'contentHash': (_ggen_marketplace_v1_ContentHash__Output | null);
  'yanked': (boolean);
  'deprecated': (string);
}
