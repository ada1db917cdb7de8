// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { PackageId as _ggen_marketplace_v1_PackageId, PackageId__Output as _ggen_marketplace_v1_PackageId__Output } from '../../../ggen/marketplace/v1/PackageId.js';
import type { Signature as _ggen_marketplace_v1_Signature, Signature__Output as _ggen_marketplace_v1_Signature__Output } from '../../../ggen/marketplace/v1/Signature.js';
import type { Long } from '@grpc/proto-loader';

export interface UnyankRequest {
  'id'?: (_ggen_marketplace_v1_PackageId | null);
  'signedAtMs'?: (number | string | Long);
  'signature'?: (_ggen_marketplace_v1_Signature | null);
  'publicKey'?: (Buffer | Uint8Array | string);
  'requestId'?: (Buffer | Uint8Array | string);
}

export interface UnyankRequest__Output {
  'id': (_ggen_marketplace_v1_PackageId__Output | null);
  'signedAtMs': (number);
  'signature': (_ggen_marketplace_v1_Signature__Output | null);
  'publicKey': (Buffer);
  'requestId': (Buffer);
}
