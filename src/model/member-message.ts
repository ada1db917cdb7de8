import { DecodeError, Decoder } from './codec.js'
import { MarketplaceError } from './error.js'

/**
 * Reads the whole of what one member sent another.
 * @param what names it in the error
 * @throws INVALID_ARGUMENT where it does not decode; what `read` throws
 */
export function decodeMemberMessage<T>(what: string, bytes: Uint8Array, read: (input: Decoder) => T): T {
  try {
    const input = new Decoder(bytes)
    const value = read(input)
    input.end()
    return value
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw new MarketplaceError({
      reason: 'INVALID_ARGUMENT',
      message: `${what} does not decode: ${error.message}`,
      help: 'only members of the cluster call this, all of the same release',
      cause: error,
    })
  }
}
