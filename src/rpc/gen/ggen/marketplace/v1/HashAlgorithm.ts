// Generated from proto/ggen/marketplace/v1/package.proto by `npm run proto`; do not edit.

export const HashAlgorithm = {
  HASH_ALGORITHM_UNSPECIFIED: 'HASH_ALGORITHM_UNSPECIFIED',
  HASH_ALGORITHM_SHA256: 'HASH_ALGORITHM_SHA256',
} as const;

export type HashAlgorithm =
  | 'HASH_ALGORITHM_UNSPECIFIED'
  | 0
  | 'HASH_ALGORITHM_SHA256'
  | 1

export type HashAlgorithm__Output = typeof HashAlgorithm[keyof typeof HashAlgorithm]
