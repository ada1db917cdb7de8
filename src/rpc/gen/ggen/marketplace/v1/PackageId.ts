// Generated from proto/ggen/marketplace/v1/package.proto by `npm run proto`; do not edit.


export interface PackageId {
  'namespace'?: (string);
  'name'?: (string);
  'version'?: (string);
}

export interface PackageId__Output {
  'namespace': (string);
  'name': (string);
  'version': (string);
}
