// Generated from proto/ggen/marketplace/v1/search_service.proto by `npm run proto`; do not edit.

import type { SearchFilter as _ggen_marketplace_v1_SearchFilter, SearchFilter__Output as _ggen_marketplace_v1_SearchFilter__Output } from '../../../ggen/marketplace/v1/SearchFilter.js';
import type { Consistency as _ggen_marketplace_v1_Consistency, Consistency__Output as _ggen_marketplace_v1_Consistency__Output } from '../../../ggen/marketplace/v1/Consistency.js';
import type { Long } from '@grpc/proto-loader';

export interface FacetsRequest {
  'query'?: (string);
  'filter'?: (_ggen_marketplace_v1_SearchFilter | null);
  'facets'?: (string)[];
  'limit'?: (number);
  'historyId'?: (string);
  'minIndex'?: (number | string | Long);
  'consistency'?: (_ggen_marketplace_v1_Consistency);
}

export interface FacetsRequest__Output {
  'query': (string);
  'filter': (_ggen_marketplace_v1_SearchFilter__Output | null);
  'facets': (string)[];
  'limit': (number);
  'historyId': (string);
  'minIndex': (number);
  'consistency': (_ggen_marketplace_v1_Consistency__Output);
}
