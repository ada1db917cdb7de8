// Generated from proto/ggen/marketplace/v1/package.proto by `npm run proto`; do not edit.

import type { PackageId as _ggen_marketplace_v1_PackageId, PackageId__Output as _ggen_marketplace_v1_PackageId__Output } from '../../../ggen/marketplace/v1/PackageId.js';
import type { Dependency as _ggen_marketplace_v1_Dependency, Dependency__Output as _ggen_marketplace_v1_Dependency__Output } from '../../../ggen/marketplace/v1/Dependency.js';

export interface PackageMetadata {
  'id'?: (_ggen_marketplace_v1_PackageId | null);
  'kind'?: (string);
  'description'?: (string);
  'authors'?: (string)[];
  'license'?: (string);
  'repository'?: (string);
  'homepage'?: (string);
  'keywords'?: (string)[];
  'categories'?: (string)[];
  'language'?: (string);
  'capabilities'?: (string)[];
  'dependencies'?: (_ggen_marketplace_v1_Dependency)[];
  'readmeSha256'?: (string);
}

export interface PackageMetadata__Output {
  'id': (_ggen_marketplace_v1_PackageId__Output | null);
  'kind': (string);
  'description': (string);
  'authors': (string)[];
  'license': (string);
  'repository': (string);
  'homepage': (string);
  'keywords': (string)[];
  'categories': (string)[];
  'language': (string);
  'capabilities': (string)[];
  'dependencies': (_ggen_marketplace_v1_Dependency__Output)[];
  'readmeSha256': (string);
}
