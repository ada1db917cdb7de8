/**
 * Thrown when the program contradicts itself. It is never the world's fault (that is a {@link MarketplaceError}):
 * the process that meets one stops, because whatever it would write next cannot be trusted.
 */
export class AssertionFailure extends Error {
  override readonly name = 'AssertionFailure'
}

/** Holds an invariant, in production too. The message names the values that broke it. */
export function assert(condition: boolean, message: string | (() => string)): asserts condition {
  if (!condition) throw new AssertionFailure(typeof message === 'string' ? message : message())
}

/** Ends a `switch` over a closed union: the compiler refuses a forgotten member, the runtime names it. */
export function assertNever(value: never, what: string): never {
  throw new AssertionFailure(`${what}: unexpected ${JSON.stringify(value)}`)
}

/** The value itself, which this program knows to be there. */
export function defined<T>(value: T | undefined, what: string): T {
  assert(value !== undefined, () => `${what} must be there`)
  return value
}
