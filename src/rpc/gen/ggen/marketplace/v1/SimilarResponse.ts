// Generated from proto/ggen/marketplace/v1/search_service.proto by `npm run proto`; do not edit.

import type { SearchHit as _ggen_marketplace_v1_SearchHit, SearchHit__Output as _ggen_marketplace_v1_SearchHit__Output } from '../../../ggen/marketplace/v1/SearchHit.js';
import type { Long } from '@grpc/proto-loader';

export interface SimilarResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'hits'?: (_ggen_marketplace_v1_SearchHit)[];
}

export interface SimilarResponse__Output {
  'index': (number);
  'historyId': (string);
  'hits': (_ggen_marketplace_v1_SearchHit__Output)[];
}
