// Generated from proto/ggen/marketplace/v1/package.proto by `npm run proto`; do not edit.


export interface PublicKey {
  'keyId'?: (string);
  'publicKey'?: (Buffer | Uint8Array | string);
}

export interface PublicKey__Output {
  'keyId': (string);
  'publicKey': (Buffer);
}
