// Generated from proto/ggen/marketplace/v1/package.proto by `npm run proto`; do not edit.

export const SignatureAlgorithm = {
  SIGNATURE_ALGORITHM_UNSPECIFIED: 'SIGNATURE_ALGORITHM_UNSPECIFIED',
  SIGNATURE_ALGORITHM_ED25519: 'SIGNATURE_ALGORITHM_ED25519',
} as const;

export type SignatureAlgorithm =
  | 'SIGNATURE_ALGORITHM_UNSPECIFIED'
  | 0
  | 'SIGNATURE_ALGORITHM_ED25519'
  | 1

export type SignatureAlgorithm__Output = typeof SignatureAlgorithm[keyof typeof SignatureAlgorithm]
