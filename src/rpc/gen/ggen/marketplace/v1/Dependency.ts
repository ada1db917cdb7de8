// Generated from proto/ggen/marketplace/v1/package.proto by `npm run proto`; do not edit.

import type { DependencyKind as _ggen_marketplace_v1_DependencyKind, DependencyKind__Output as _ggen_marketplace_v1_DependencyKind__Output } from '../../../ggen/marketplace/v1/DependencyKind.js';

export interface Dependency {
  'namespace'?: (string);
  'name'?: (string);
  'requirement'?: (string);
  'kind'?: (_ggen_marketplace_v1_DependencyKind);
  'originalRequirement'?: (string);
}

export interface Dependency__Output {
  'namespace': (string);
  'name': (string);
  'requirement': (string);
  'kind': (_ggen_marketplace_v1_DependencyKind__Output);
  'originalRequirement': (string);
}
