// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { VersionSummary as _ggen_marketplace_v1_VersionSummary, VersionSummary__Output as _ggen_marketplace_v1_VersionSummary__Output } from '../../../ggen/marketplace/v1/VersionSummary.js';
import type { ResolvedDependency as _ggen_marketplace_v1_ResolvedDependency, ResolvedDependency__Output as _ggen_marketplace_v1_ResolvedDependency__Output } from '../../../ggen/marketplace/v1/ResolvedDependency.js';
import type { ResolveChoice as _ggen_marketplace_v1_ResolveChoice, ResolveChoice__Output as _ggen_marketplace_v1_ResolveChoice__Output } from '../../../ggen/marketplace/v1/ResolveChoice.js';

export interface ResolvedPackage {
  'version'?: (_ggen_marketplace_v1_VersionSummary | null);
  'requiredBy'?: (_ggen_marketplace_v1_ResolvedDependency)[];
  'dependencies'?: (_ggen_marketplace_v1_ResolvedDependency)[];
  'choice'?: (_ggen_marketplace_v1_ResolveChoice);
  'reason'?: (string);
  'circular'?: (boolean);
}

export interface ResolvedPackage__Output {
  'version': (_ggen_marketplace_v1_VersionSummary__Output | null);
  'requiredBy': (_ggen_marketplace_v1_ResolvedDependency__Output)[];
  'dependencies': (_ggen_marketplace_v1_ResolvedDependency__Output)[];
  'choice': (_ggen_marketplace_v1_ResolveChoice__Output);
  'reason': (string);
  'circular': (boolean);
}
