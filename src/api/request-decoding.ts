import type { ServiceDefinition } from '@grpc/grpc-js'
import { MarketplaceError } from '../model/error.js'

/** Stands for a message that does not decode, on its way from gRPC to the rim of its handler. */
class Undecodable {
  constructor(readonly cause: unknown) {}
}

/**
 * A service whose handlers are given what does not decode as well, for {@link decoded} to refuse. Left to itself, grpc-js answers
 * INTERNAL without a reason, as if the fault were the server's.
 */
export function toleratingUndecodable<Definition extends ServiceDefinition>(
  definition: Definition,
): Definition {
  const methods = Object.entries(definition).map(([name, method]) => {
    const requestDeserialize = (bytes: Buffer): unknown => {
      try {
        return method.requestDeserialize(bytes)
      } catch (error) {
        return new Undecodable(error)
      }
    }
    return [name, { ...method, requestDeserialize }]
  })
  return Object.fromEntries(methods) as Definition
}

/** A message as it came. @throws INVALID_ARGUMENT where it could not be decoded */
export function decoded<Message>(message: Message): Message {
  if (!(message instanceof Undecodable)) return message
  const { cause } = message
  throw new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    message: `the message does not decode: ${cause instanceof Error ? cause.message : cause}`,
    help: 'send the message that the proto file names for this method',
    cause,
  })
}
