// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { RegisterRequest as _ggen_marketplace_v1_RegisterRequest, RegisterRequest__Output as _ggen_marketplace_v1_RegisterRequest__Output } from '../../../ggen/marketplace/v1/RegisterRequest.js';
import type { Long } from '@grpc/proto-loader';

export interface RegisterManyRequest {
  'sequence'?: (number | string | Long);
  'register'?: (_ggen_marketplace_v1_RegisterRequest | null);
}

export interface RegisterManyRequest__Output {
  'sequence': (number);
  'register': (_ggen_marketplace_v1_RegisterRequest__Output | null);
}
