// Generated from proto/ggen/marketplace/v1/search_service.proto by `npm run proto`; do not edit.

import type { Facet as _ggen_marketplace_v1_Facet, Facet__Output as _ggen_marketplace_v1_Facet__Output } from '../../../ggen/marketplace/v1/Facet.js';
import type { Long } from '@grpc/proto-loader';

export interface FacetsResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'facets'?: (_ggen_marketplace_v1_Facet)[];
  'total'?: (number | string | Long);
  'relaxed'?: (boolean);
}

export interface FacetsResponse__Output {
  'index': (number);
  'historyId': (string);
  'facets': (_ggen_marketplace_v1_Facet__Output)[];
  'total': (number);
  'relaxed': (boolean);
}
