import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js'

const bytes = (value: Buffer): Buffer => value

function method(name: string, stream: boolean): MethodDefinition<Buffer, Buffer> {
  return {
    path: `/bench.Echo/${name}`,
    requestStream: stream,
    responseStream: stream,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  }
}

/** The least that grpc-js can do: bytes in, the same bytes out, no messages to read or write. */
export const ECHO_SERVICE = {
  Empty: method('Empty', false),
  Stream: method('Stream', true),
} as const satisfies ServiceDefinition
