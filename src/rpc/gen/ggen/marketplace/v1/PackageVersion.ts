// Generated from proto/ggen/marketplace/v1/package.proto by `npm run proto`; do not edit.

import type { PackageMetadata as _ggen_marketplace_v1_PackageMetadata, PackageMetadata__Output as _ggen_marketplace_v1_PackageMetadata__Output } from '../../../ggen/marketplace/v1/PackageMetadata.js';
import type { Signature as _ggen_marketplace_v1_Signature, Signature__Output as _ggen_marketplace_v1_Signature__Output } from '../../../ggen/marketplace/v1/Signature.js';
import type { ContentDigests as _ggen_marketplace_v1_ContentDigests, ContentDigests__Output as _ggen_marketplace_v1_ContentDigests__Output } from '../../../ggen/marketplace/v1/ContentDigests.js';
import type { Long } from '@grpc/proto-loader';

export interface PackageVersion {
  'metadata'?: (_ggen_marketplace_v1_PackageMetadata | null);
  'signatures'?: (_ggen_marketplace_v1_Signature)[];
  'content'?: (_ggen_marketplace_v1_ContentDigests | null);
  'publishedAtMs'?: (number | string | Long);
  'publishedIndex'?: (number | string | Long);
  'yanked'?: (boolean);
  'yankReason'?: (string);
  'deprecated'?: (string);
  'signedFormSha256'?: (string);
}

export interface PackageVersion__Output {
  'metadata': (_ggen_marketplace_v1_PackageMetadata__Output | null);
  'signatures': (_ggen_marketplace_v1_Signature__Output)[];
  'content': (_ggen_marketplace_v1_ContentDigests__Output | null);
  'publishedAtMs': (number);
  'publishedIndex': (number);
  'yanked': (boolean);
  'yankReason': (string);
  'deprecated': (string);
  'signedFormSha256': (string);
}
