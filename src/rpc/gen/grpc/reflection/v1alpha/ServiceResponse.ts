// Generated from proto/grpc/reflection/v1alpha/reflection.proto by `npm run proto`; do not edit.


export interface ServiceResponse {
  'name'?: (string);
}

export interface ServiceResponse__Output {
  'name': (string);
}
