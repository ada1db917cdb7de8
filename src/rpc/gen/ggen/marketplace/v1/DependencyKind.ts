// Generated from proto/ggen/marketplace/v1/package.proto by `npm run proto`; do not edit.

export const DependencyKind = {
  DEPENDENCY_KIND_UNSPECIFIED: 'DEPENDENCY_KIND_UNSPECIFIED',
  DEPENDENCY_KIND_NORMAL: 'DEPENDENCY_KIND_NORMAL',
  DEPENDENCY_KIND_OPTIONAL: 'DEPENDENCY_KIND_OPTIONAL',
  DEPENDENCY_KIND_PEER: 'DEPENDENCY_KIND_PEER',
  DEPENDENCY_KIND_BUILD: 'DEPENDENCY_KIND_BUILD',
  DEPENDENCY_KIND_DEV: 'DEPENDENCY_KIND_DEV',
} as const;

export type DependencyKind =
  | 'DEPENDENCY_KIND_UNSPECIFIED'
  | 0
  | 'DEPENDENCY_KIND_NORMAL'
  | 1
  | 'DEPENDENCY_KIND_OPTIONAL'
  | 2
  | 'DEPENDENCY_KIND_PEER'
  | 3
  | 'DEPENDENCY_KIND_BUILD'
  | 4
  | 'DEPENDENCY_KIND_DEV'
  | 5

export type DependencyKind__Output = typeof DependencyKind[keyof typeof DependencyKind]
