// Generated from proto/ggen/marketplace/v1/search_service.proto by `npm run proto`; do not edit.


export interface SearchFilter {
  'kinds'?: (string)[];
  'namespaces'?: (string)[];
  'keywords'?: (string)[];
  'categories'?: (string)[];
  'authors'?: (string)[];
  'licenses'?: (string)[];
  'languages'?: (string)[];
  'capabilities'?: (string)[];
}

export interface SearchFilter__Output {
  'kinds': (string)[];
  'namespaces': (string)[];
  'keywords': (string)[];
  'categories': (string)[];
  'authors': (string)[];
  'licenses': (string)[];
  'languages': (string)[];
  'capabilities': (string)[];
}
