// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { PackageId as _ggen_marketplace_v1_PackageId, PackageId__Output as _ggen_marketplace_v1_PackageId__Output } from '../../../ggen/marketplace/v1/PackageId.js';
import type { ContentHash as _ggen_marketplace_v1_ContentHash, ContentHash__Output as _ggen_marketplace_v1_ContentHash__Output } from '../../../ggen/marketplace/v1/ContentHash.js';
import type { PackageRef as _ggen_marketplace_v1_PackageRef, PackageRef__Output as _ggen_marketplace_v1_PackageRef__Output } from '../../../ggen/marketplace/v1/PackageRef.js';
import type { Long } from '@grpc/proto-loader';

export interface RegisterResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'id'?: (_ggen_marketplace_v1_PackageId | null);
  'contentHash'?: (_ggen_marketplace_v1_ContentHash | null);
  'created'?: (boolean);
  'resembles'?: (_ggen_marketplace_v1_PackageRef)[];
}

export interface RegisterResponse__Output {
  'index': (number);
  'historyId': (string);
  'id': (_ggen_marketplace_v1_PackageId__Output | null);
  'contentHash': (_ggen_marketplace_v1_ContentHash__Output | null);
  'created': (boolean);
  'resembles': (_ggen_marketplace_v1_PackageRef__Output)[];
}
