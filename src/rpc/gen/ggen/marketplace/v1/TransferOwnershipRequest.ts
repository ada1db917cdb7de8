// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { OwnerScope as _ggen_marketplace_v1_OwnerScope, OwnerScope__Output as _ggen_marketplace_v1_OwnerScope__Output } from '../../../ggen/marketplace/v1/OwnerScope.js';
import type { Signature as _ggen_marketplace_v1_Signature, Signature__Output as _ggen_marketplace_v1_Signature__Output } from '../../../ggen/marketplace/v1/Signature.js';
import type { Long } from '@grpc/proto-loader';

export interface TransferOwnershipRequest {
  'scope'?: (_ggen_marketplace_v1_OwnerScope | null);
  'ownerPublicKey'?: (Buffer | Uint8Array | string);
  'signedAtMs'?: (number | string | Long);
  'signature'?: (_ggen_marketplace_v1_Signature | null);
  'publicKey'?: (Buffer | Uint8Array | string);
  'requestId'?: (Buffer | Uint8Array | string);
}

export interface TransferOwnershipRequest__Output {
  'scope': (_ggen_marketplace_v1_OwnerScope__Output | null);
  'ownerPublicKey': (Buffer);
  'signedAtMs': (number);
  'signature': (_ggen_marketplace_v1_Signature__Output | null);
  'publicKey': (Buffer);
  'requestId': (Buffer);
}
