// Generated from proto/grpc/reflection/v1/reflection.proto by `npm run proto`; do not edit.


export interface ErrorResponse {
  'errorCode'?: (number);
  'errorMessage'?: (string);
}

export interface ErrorResponse__Output {
  'errorCode': (number);
  'errorMessage': (string);
}
