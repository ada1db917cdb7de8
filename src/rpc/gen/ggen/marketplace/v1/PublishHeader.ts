// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { PackageMetadata as _ggen_marketplace_v1_PackageMetadata, PackageMetadata__Output as _ggen_marketplace_v1_PackageMetadata__Output } from '../../../ggen/marketplace/v1/PackageMetadata.js';
import type { ContentHash as _ggen_marketplace_v1_ContentHash, ContentHash__Output as _ggen_marketplace_v1_ContentHash__Output } from '../../../ggen/marketplace/v1/ContentHash.js';
import type { Signature as _ggen_marketplace_v1_Signature, Signature__Output as _ggen_marketplace_v1_Signature__Output } from '../../../ggen/marketplace/v1/Signature.js';
import type { Long } from '@grpc/proto-loader';

export interface PublishHeader {
  'metadata'?: (_ggen_marketplace_v1_PackageMetadata | null);
  'contentHash'?: (_ggen_marketplace_v1_ContentHash | null);
  'sizeBytes'?: (number | string | Long);
  'signatures'?: (_ggen_marketplace_v1_Signature)[];
  'publicKeys'?: (Buffer | Uint8Array | string)[];
  'readme'?: (Buffer | Uint8Array | string);
  'requestId'?: (Buffer | Uint8Array | string);
}

export interface PublishHeader__Output {
  'metadata': (_ggen_marketplace_v1_PackageMetadata__Output | null);
  'contentHash': (_ggen_marketplace_v1_ContentHash__Output | null);
  'sizeBytes': (number);
  'signatures': (_ggen_marketplace_v1_Signature__Output)[];
  'publicKeys': (Buffer)[];
  'readme': (Buffer);
  'requestId': (Buffer);
}
