// Generated from proto/ggen/marketplace/v1/package.proto by `npm run proto`; do not edit.

import type { HashAlgorithm as _ggen_marketplace_v1_HashAlgorithm, HashAlgorithm__Output as _ggen_marketplace_v1_HashAlgorithm__Output } from '../../../ggen/marketplace/v1/HashAlgorithm.js';

export interface ContentHash {
  'algorithm'?: (_ggen_marketplace_v1_HashAlgorithm);
  'digest'?: (string);
}

export interface ContentHash__Output {
  'algorithm': (_ggen_marketplace_v1_HashAlgorithm__Output);
  'digest': (string);
}
