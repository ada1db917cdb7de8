// Generated from proto/ggen/marketplace/v1/search_service.proto by `npm run proto`; do not edit.

import type { FacetValue as _ggen_marketplace_v1_FacetValue, FacetValue__Output as _ggen_marketplace_v1_FacetValue__Output } from '../../../ggen/marketplace/v1/FacetValue.js';

export interface Facet {
  'name'?: (string);
  'values'?: (_ggen_marketplace_v1_FacetValue)[];
}

export interface Facet__Output {
  'name': (string);
  'values': (_ggen_marketplace_v1_FacetValue__Output)[];
}
