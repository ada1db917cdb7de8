// Generated from proto/grpc/reflection/v1/reflection.proto by `npm run proto`; do not edit.


export interface FileDescriptorResponse {
  'fileDescriptorProto'?: (Buffer | Uint8Array | string)[];
}

export interface FileDescriptorResponse__Output {
  'fileDescriptorProto': (Buffer)[];
}
