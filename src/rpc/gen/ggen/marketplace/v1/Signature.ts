// Generated from proto/ggen/marketplace/v1/package.proto by `npm run proto`; do not edit.

import type { SignatureAlgorithm as _ggen_marketplace_v1_SignatureAlgorithm, SignatureAlgorithm__Output as _ggen_marketplace_v1_SignatureAlgorithm__Output } from '../../../ggen/marketplace/v1/SignatureAlgorithm.js';

export interface Signature {
  'keyId'?: (string);
  'algorithm'?: (_ggen_marketplace_v1_SignatureAlgorithm);
  'value'?: (Buffer | Uint8Array | string);
}

export interface Signature__Output {
  'keyId': (string);
  'algorithm': (_ggen_marketplace_v1_SignatureAlgorithm__Output);
  'value': (Buffer);
}
