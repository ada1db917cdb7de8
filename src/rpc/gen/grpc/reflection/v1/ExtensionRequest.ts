// Generated from proto/grpc/reflection/v1/reflection.proto by `npm run proto`; do not edit.


export interface ExtensionRequest {
  'containingType'?: (string);
  'extensionNumber'?: (number);
}

export interface ExtensionRequest__Output {
  'containingType': (string);
  'extensionNumber': (number);
}
