// Generated from proto/ggen/marketplace/v1/search_service.proto by `npm run proto`; do not edit.

import type { Suggestion as _ggen_marketplace_v1_Suggestion, Suggestion__Output as _ggen_marketplace_v1_Suggestion__Output } from '../../../ggen/marketplace/v1/Suggestion.js';
import type { Long } from '@grpc/proto-loader';

export interface SuggestResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'suggestions'?: (_ggen_marketplace_v1_Suggestion)[];
}

export interface SuggestResponse__Output {
  'index': (number);
  'historyId': (string);
  'suggestions': (_ggen_marketplace_v1_Suggestion__Output)[];
}
