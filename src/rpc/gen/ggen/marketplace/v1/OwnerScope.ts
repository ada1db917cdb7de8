// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.


export interface OwnerScope {
  'namespace'?: (string);
  'name'?: (string);
}

export interface OwnerScope__Output {
  'namespace': (string);
  'name': (string);
}
