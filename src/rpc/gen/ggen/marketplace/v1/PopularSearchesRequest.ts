// Generated from proto/ggen/marketplace/v1/search_service.proto by `npm run proto`; do not edit.


export interface PopularSearchesRequest {
  'limit'?: (number);
  'historyId'?: (string);
}

export interface PopularSearchesRequest__Output {
  'limit': (number);
  'historyId': (string);
}
