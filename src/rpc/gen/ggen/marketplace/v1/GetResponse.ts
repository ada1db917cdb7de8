// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { PackageVersion as _ggen_marketplace_v1_PackageVersion, PackageVersion__Output as _ggen_marketplace_v1_PackageVersion__Output } from '../../../ggen/marketplace/v1/PackageVersion.js';
import type { PublicKey as _ggen_marketplace_v1_PublicKey, PublicKey__Output as _ggen_marketplace_v1_PublicKey__Output } from '../../../ggen/marketplace/v1/PublicKey.js';
import type { PackageRef as _ggen_marketplace_v1_PackageRef, PackageRef__Output as _ggen_marketplace_v1_PackageRef__Output } from '../../../ggen/marketplace/v1/PackageRef.js';
import type { Long } from '@grpc/proto-loader';

export interface GetResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'version'?: (_ggen_marketplace_v1_PackageVersion | null);
  'publicKeys'?: (_ggen_marketplace_v1_PublicKey)[];
  'readme'?: (Buffer | Uint8Array | string);
  'resembles'?: (_ggen_marketplace_v1_PackageRef)[];
}

export interface GetResponse__Output {
  'index': (number);
  'historyId': (string);
  'version': (_ggen_marketplace_v1_PackageVersion__Output | null);
  'publicKeys': (_ggen_marketplace_v1_PublicKey__Output)[];
  'readme': (Buffer);
  'resembles': (_ggen_marketplace_v1_PackageRef__Output)[];
}
