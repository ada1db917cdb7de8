// Generated from proto/ggen/marketplace/v1/package.proto by `npm run proto`; do not edit.


export interface PackageRef {
  'namespace'?: (string);
  'name'?: (string);
}

export interface PackageRef__Output {
  'namespace': (string);
  'name': (string);
}
