// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { RegisterResponse as _ggen_marketplace_v1_RegisterResponse, RegisterResponse__Output as _ggen_marketplace_v1_RegisterResponse__Output } from '../../../ggen/marketplace/v1/RegisterResponse.js';
import type { Error as _ggen_marketplace_v1_Error, Error__Output as _ggen_marketplace_v1_Error__Output } from '../../../ggen/marketplace/v1/Error.js';
import type { Long } from '@grpc/proto-loader';

export interface RegisterManyResponse {
  'sequence'?: (number | string | Long);
  'registered'?: (_ggen_marketplace_v1_RegisterResponse | null);
  'error'?: (_ggen_marketplace_v1_Error | null);
  'outcome'?: "registered"|"error";
}

export interface RegisterManyResponse__Output {
  'sequence': (number);
  'registered'?: (_ggen_marketplace_v1_RegisterResponse__Output | null);
  'error'?: (_ggen_marketplace_v1_Error__Output | null);
  'outcome'?: "registered"|"error";
}
