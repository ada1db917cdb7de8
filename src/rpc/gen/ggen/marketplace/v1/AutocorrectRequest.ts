// Generated from proto/ggen/marketplace/v1/search_service.proto by `npm run proto`; do not edit.

import type { Consistency as _ggen_marketplace_v1_Consistency, Consistency__Output as _ggen_marketplace_v1_Consistency__Output } from '../../../ggen/marketplace/v1/Consistency.js';
import type { Long } from '@grpc/proto-loader';

export interface AutocorrectRequest {
  'text'?: (string);
  'historyId'?: (string);
  'minIndex'?: (number | string | Long);
  'consistency'?: (_ggen_marketplace_v1_Consistency);
}

export interface AutocorrectRequest__Output {
  'text': (string);
  'historyId': (string);
  'minIndex': (number);
  'consistency': (_ggen_marketplace_v1_Consistency__Output);
}
