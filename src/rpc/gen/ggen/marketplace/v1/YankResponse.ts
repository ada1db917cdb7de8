// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { PackageId as _ggen_marketplace_v1_PackageId, PackageId__Output as _ggen_marketplace_v1_PackageId__Output } from '../../../ggen/marketplace/v1/PackageId.js';
import type { Long } from '@grpc/proto-loader';

export interface YankResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'id'?: (_ggen_marketplace_v1_PackageId | null);
  'changed'?: (boolean);
}

export interface YankResponse__Output {
  'index': (number);
  'historyId': (string);
  'id': (_ggen_marketplace_v1_PackageId__Output | null);
  'changed': (boolean);
}
