// Generated from proto/ggen/marketplace/v1/search_service.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface PopularSearch {
  'text'?: (string);
  'searches'?: (number | string | Long);
}

export interface PopularSearch__Output {
  'text': (string);
  'searches': (number);
}
