// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { ResolvedPackage as _ggen_marketplace_v1_ResolvedPackage, ResolvedPackage__Output as _ggen_marketplace_v1_ResolvedPackage__Output } from '../../../ggen/marketplace/v1/ResolvedPackage.js';
import type { Long } from '@grpc/proto-loader';

export interface ResolveDependenciesResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'packages'?: (_ggen_marketplace_v1_ResolvedPackage)[];
}

export interface ResolveDependenciesResponse__Output {
  'index': (number);
  'historyId': (string);
  'packages': (_ggen_marketplace_v1_ResolvedPackage__Output)[];
}
