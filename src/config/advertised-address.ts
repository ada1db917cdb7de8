/** Whether an address stands for all of a machine's (0.0.0.0, [::]): a place to listen at, and none to be reached at. */
export function isWildcard(address: string): boolean {
  return /^(0\.0\.0\.0|\[[0:]+\])$/.test(hostOf(address))
}

/**
 * Where others reach what listens at `listen`: there; where that is a wildcard, at the same port of the first host known.
 * @param known addresses of this node as others see it, whatever their port
 * @returns undefined where no host is known
 */
export function reachableAddress(listen: string, known: readonly (string | undefined)[]): string | undefined {
  if (!isWildcard(listen)) return listen
  const other = known.find((address) => address !== undefined && !isWildcard(address))
  return other === undefined ? undefined : `${hostOf(other)}:${portOf(listen)}`
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':'))
}

export function portOf(address: string): string {
  return address.slice(address.lastIndexOf(':') + 1)
}
