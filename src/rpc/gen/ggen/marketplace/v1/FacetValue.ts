// Generated from proto/ggen/marketplace/v1/search_service.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface FacetValue {
  'value'?: (string);
  'count'?: (number | string | Long);
}

export interface FacetValue__Output {
  'value': (string);
  'count': (number);
}
