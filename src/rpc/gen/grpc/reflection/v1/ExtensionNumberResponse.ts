// Generated from proto/grpc/reflection/v1/reflection.proto by `npm run proto`; do not edit.


export interface ExtensionNumberResponse {
  'baseTypeName'?: (string);
  'extensionNumber'?: (number)[];
}

export interface ExtensionNumberResponse__Output {
  'baseTypeName': (string);
  'extensionNumber': (number)[];
}
