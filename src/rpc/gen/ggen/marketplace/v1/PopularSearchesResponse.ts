// Generated from proto/ggen/marketplace/v1/search_service.proto by `npm run proto`; do not edit.

import type { PopularSearch as _ggen_marketplace_v1_PopularSearch, PopularSearch__Output as _ggen_marketplace_v1_PopularSearch__Output } from '../../../ggen/marketplace/v1/PopularSearch.js';
import type { Long } from '@grpc/proto-loader';

export interface PopularSearchesResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'nodeId'?: (string);
  'searches'?: (_ggen_marketplace_v1_PopularSearch)[];
}

export interface PopularSearchesResponse__Output {
  'index': (number);
  'historyId': (string);
  'nodeId': (string);
  'searches': (_ggen_marketplace_v1_PopularSearch__Output)[];
}
