// Generated from proto/ggen/marketplace/v1/error.proto by `npm run proto`; do not edit.


export interface ErrorFact {
  'name'?: (string);
  'value'?: (string);
}

export interface ErrorFact__Output {
  'name': (string);
  'value': (string);
}
