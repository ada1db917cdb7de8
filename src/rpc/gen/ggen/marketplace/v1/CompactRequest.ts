// Generated from proto/ggen/marketplace/v1/package_store_service.proto by `npm run proto`; do not edit.


export interface CompactRequest {
  'requestId'?: (Buffer | Uint8Array | string);
}

export interface CompactRequest__Output {
  'requestId': (Buffer);
}
