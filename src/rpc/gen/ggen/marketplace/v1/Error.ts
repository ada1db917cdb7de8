// Generated from proto/ggen/marketplace/v1/error.proto by `npm run proto`; do not edit.

import type { ErrorReason as _ggen_marketplace_v1_ErrorReason, ErrorReason__Output as _ggen_marketplace_v1_ErrorReason__Output } from '../../../ggen/marketplace/v1/ErrorReason.js';
import type { ErrorFact as _ggen_marketplace_v1_ErrorFact, ErrorFact__Output as _ggen_marketplace_v1_ErrorFact__Output } from '../../../ggen/marketplace/v1/ErrorFact.js';

export interface Error {
  'reason'?: (_ggen_marketplace_v1_ErrorReason);
  'message'?: (string);
  'field'?: (string);
  'help'?: (string);
  'code'?: (number);
  'facts'?: (_ggen_marketplace_v1_ErrorFact)[];
}

export interface Error__Output {
  'reason': (_ggen_marketplace_v1_ErrorReason__Output);
  'message': (string);
  'field': (string);
  'help': (string);
  'code': (number);
  'facts': (_ggen_marketplace_v1_ErrorFact__Output)[];
}
