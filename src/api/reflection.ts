import { type Server, type ServerDuplexStream, status } from '@grpc/grpc-js'
import type { ServerReflectionRequest__Output } from '../rpc/gen/grpc/reflection/v1/ServerReflectionRequest.js'
import type { ServerReflectionResponse } from '../rpc/gen/grpc/reflection/v1/ServerReflectionResponse.js'
import { readDescriptorSet, serviceDefinition } from '../rpc/services.js'
import { type DescribedFile, DescriptorIndex } from './descriptor-index.js'

type Stream = ServerDuplexStream<ServerReflectionRequest__Output, ServerReflectionResponse>
type Answer = Omit<ServerReflectionResponse, 'validHost' | 'originalRequest' | 'messageResponse'>

const REFLECTION_SERVICES = [
  'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection',
]

/**
 * Adds server reflection, v1 and v1alpha, which are the same on the wire. It hands out the descriptors that a compiler made,
 * byte for byte.
 * @param services full names of the services that the server has beside reflection
 */
export function addReflection(server: Server, services: readonly string[]): void {
  const index = new DescriptorIndex(readDescriptorSet())
  const names = [...services, ...REFLECTION_SERVICES].sort()
  const handlers = { ServerReflectionInfo: (stream: Stream) => serve(stream, index, names) }
  server.addService(serviceDefinition('grpc.reflection.v1.ServerReflection'), handlers)
  server.addService(serviceDefinition('grpc.reflection.v1alpha.ServerReflection'), handlers)
}

function serve(stream: Stream, index: DescriptorIndex, services: readonly string[]): void {
  // (Not `for await`: at the end of the requests it would destroy the stream, unsent answers and all.)
  stream.on('data', (request: ServerReflectionRequest__Output) => {
    const { messageRequest: _, ...originalRequest } = request
    const response = { validHost: request.host, originalRequest, ...answer(request, index, services) }
    if (stream.write(response)) return
    stream.pause()
    stream.once('drain', () => stream.resume())
  })
  stream.on('end', () => stream.end())
  // The client went away in the middle, which is its right.
  stream.on('error', () => {})
}

function answer(
  request: ServerReflectionRequest__Output,
  index: DescriptorIndex,
  services: readonly string[],
): Answer {
  switch (request.messageRequest) {
    case 'listServices':
      return { listServicesResponse: { service: services.map((name) => ({ name })) } }
    case 'fileByFilename':
      return files(index, index.file(request.fileByFilename ?? ''), `file ${request.fileByFilename}`)
    case 'fileContainingSymbol': {
      const symbol = (request.fileContainingSymbol ?? '').replace(/^\./, '')
      return files(index, index.fileOfSymbol(symbol), `symbol ${symbol}`)
    }
    case 'fileContainingExtension': {
      const { containingType = '', extensionNumber = 0 } = request.fileContainingExtension ?? {}
      const file = index.fileOfExtension(containingType, extensionNumber)
      return files(index, file, `extension ${extensionNumber} of ${containingType}`)
    }
    case 'allExtensionNumbersOfType': {
      const type = request.allExtensionNumbersOfType ?? ''
      const numbers = index.extensionNumbers(type)
      if (numbers === undefined) return notFound(`message ${type}`)
      return { allExtensionNumbersResponse: { baseTypeName: type, extensionNumber: numbers } }
    }
    default:
      return {
        errorResponse: { errorCode: status.INVALID_ARGUMENT, errorMessage: 'the request asks for nothing' },
      }
  }
}

function files(index: DescriptorIndex, file: DescribedFile | undefined, what: string): Answer {
  if (file === undefined) return notFound(what)
  const fileDescriptorProto = index.withImports(file).map(({ bytes }) => bytes)
  return { fileDescriptorResponse: { fileDescriptorProto } }
}

function notFound(what: string): Answer {
  return { errorResponse: { errorCode: status.NOT_FOUND, errorMessage: `${what} is not known here` } }
}
