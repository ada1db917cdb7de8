// Generated from proto/ggen/marketplace/v1/search_service.proto by `npm run proto`; do not edit.

import type { Long } from '@grpc/proto-loader';

export interface AutocorrectResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'text'?: (string);
}

export interface AutocorrectResponse__Output {
  'index': (number);
  'historyId': (string);
  'text': (string);
}
