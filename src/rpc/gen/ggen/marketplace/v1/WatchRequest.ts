// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { PackageRef as _ggen_marketplace_v1_PackageRef, PackageRef__Output as _ggen_marketplace_v1_PackageRef__Output } from '../../../ggen/marketplace/v1/PackageRef.js';
import type { ChangeKind as _ggen_marketplace_v1_ChangeKind, ChangeKind__Output as _ggen_marketplace_v1_ChangeKind__Output } from '../../../ggen/marketplace/v1/ChangeKind.js';
import type { Long } from '@grpc/proto-loader';

export interface WatchRequest {
  'afterIndex'?: (number | string | Long);
  'includeExisting'?: (boolean);
  'namespaces'?: (string)[];
  'packages'?: (_ggen_marketplace_v1_PackageRef)[];
  'kinds'?: (_ggen_marketplace_v1_ChangeKind)[];
  'progressMs'?: (number);
  'historyId'?: (string);
}

export interface WatchRequest__Output {
  'afterIndex': (number);
  'includeExisting': (boolean);
  'namespaces': (string)[];
  'packages': (_ggen_marketplace_v1_PackageRef__Output)[];
  'kinds': (_ggen_marketplace_v1_ChangeKind__Output)[];
  'progressMs': (number);
  'historyId': (string);
}
