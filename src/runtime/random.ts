/** The only source of randomness. Simulation injects a seeded one. */
export interface Random {
  bytes(length: number): Uint8Array
  /** A whole number from 0 to below − 1. */
  below(limit: number): number
}
