// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

export const ResolveChoice = {
  RESOLVE_CHOICE_UNSPECIFIED: 'RESOLVE_CHOICE_UNSPECIFIED',
  RESOLVE_CHOICE_HIGHEST: 'RESOLVE_CHOICE_HIGHEST',
  RESOLVE_CHOICE_LOCKED: 'RESOLVE_CHOICE_LOCKED',
  RESOLVE_CHOICE_LOWER: 'RESOLVE_CHOICE_LOWER',
} as const;

export type ResolveChoice =
  | 'RESOLVE_CHOICE_UNSPECIFIED'
  | 0
  | 'RESOLVE_CHOICE_HIGHEST'
  | 1
  | 'RESOLVE_CHOICE_LOCKED'
  | 2
  | 'RESOLVE_CHOICE_LOWER'
  | 3

export type ResolveChoice__Output = typeof ResolveChoice[keyof typeof ResolveChoice]
