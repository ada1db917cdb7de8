import { credentials, type ServiceError, status } from '@grpc/grpc-js'
import protobuf from 'protobufjs'
import descriptor from 'protobufjs/ext/descriptor/index.js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bindGrpcServer, createGrpcServer, stopGrpcServer } from '../rpc/grpc-server.js'
import { createServiceClient, readDescriptorSet } from '../rpc/services.js'
import { DescriptorIndex } from './descriptor-index.js'
import { HealthService } from './health.js'
import { addReflection } from './reflection.js'

const SERVICES = [
  'ggen.marketplace.v1.RegistryService',
  'ggen.marketplace.v1.PackageStoreService',
  'ggen.marketplace.v1.SearchService',
  'ggen.marketplace.v1.ClusterService',
  'grpc.health.v1.Health',
]
const VERSIONS = ['grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'] as const

let address: string
let stop: () => Promise<void>

beforeEach(async () => {
  const server = createGrpcServer()
  const health = new HealthService([])
  health.addTo(server)
  health.set(true)
  addReflection(server, SERVICES)
  address = await bindGrpcServer(server, '127.0.0.1:0', 'test')
  stop = () => stopGrpcServer(server, address, 0)
})
afterEach(() => stop())

type Request = Parameters<ReturnType<ReturnType<typeof open>['serverReflectionInfo']>['write']>[0]

function open(version: (typeof VERSIONS)[number] = VERSIONS[0]) {
  return createServiceClient(version, address, credentials.createInsecure())
}

async function ask(requests: Request[], version?: (typeof VERSIONS)[number]) {
  const client = open(version)
  try {
    const stream = client.serverReflectionInfo()
    for (const request of requests) stream.write(request)
    stream.end()
    const answers = []
    for await (const answer of stream) answers.push(answer)
    return answers
  } finally {
    client.close()
  }
}

describe.each(VERSIONS)('%s', (version) => {
  test('lists the services that the server has, and itself', async () => {
    const [answer] = await ask([{ listServices: '*' }], version)
    expect(answer.listServicesResponse.service.map((service: { name: string }) => service.name)).toEqual(
      [...SERVICES, ...VERSIONS].sort(),
    )
  })

  test('answers several requests of one stream in order, each beside its request', async () => {
    const answers = await ask(
      [{ host: 'here', fileByFilename: 'google/rpc/status.proto' }, { fileContainingSymbol: 'no.Such' }],
      version,
    )
    expect(answers).toHaveLength(2)
    expect(answers[0]).toMatchObject({
      validHost: 'here',
      originalRequest: { fileByFilename: 'google/rpc/status.proto', messageRequest: 'fileByFilename' },
      messageResponse: 'fileDescriptorResponse',
    })
    expect(answers[1]).toMatchObject({
      errorResponse: { errorCode: status.NOT_FOUND, errorMessage: 'symbol no.Such is not known here' },
    })
  })
})

test('a client that has only reflection describes every message of every service and calls a method', async () => {
  const root = await rootByReflection()
  let messages = 0
  for (const name of [...SERVICES, ...VERSIONS]) {
    for (const method of root.lookupService(name).methodsArray) {
      for (const type of [method.resolvedRequestType, method.resolvedResponseType]) {
        messages += describeFully(type as protobuf.Type, new Set())
      }
    }
  }
  expect(messages).toBeGreaterThan(60)
  expect(await checkHealth(root)).toBe('SERVING')
})

/** What grpcurl does: ask for the services, then for the file of each, and build the types from the answers alone. */
async function rootByReflection(): Promise<protobuf.Root> {
  const [list] = await ask([{ listServices: '' }])
  const names: string[] = list.listServicesResponse.service.map((service: { name: string }) => service.name)
  const answers = await ask(names.map((name) => ({ fileContainingSymbol: name })))
  const files = new Map<string, protobuf.Message>()
  for (const answer of answers) {
    for (const bytes of answer.fileDescriptorResponse.fileDescriptorProto) {
      const file = descriptor.FileDescriptorProto.decode(bytes)
      files.set((file as unknown as { name: string }).name, file)
    }
  }
  const set = descriptor.FileDescriptorSet.create({ file: [...files.values()] })
  // The descriptor extension adds this to Root, which its types do not say.
  const { fromDescriptor } = protobuf.Root as unknown as { fromDescriptor(set: unknown): protobuf.Root }
  const root = fromDescriptor(set)
  root.resolveAll()
  return root
}

/** Counts the messages reached; every field's type must be resolved. */
function describeFully(type: protobuf.Type, seen: Set<string>): number {
  if (seen.has(type.fullName)) return 0
  seen.add(type.fullName)
  let count = 1
  for (const field of type.fieldsArray) {
    const scalar = protobuf.types.basic[field.type as keyof typeof protobuf.types.basic] !== undefined
    expect(scalar || field.resolvedType !== null, `${type.fullName}.${field.name}`).toBe(true)
    if (field.resolvedType instanceof protobuf.Type) count += describeFully(field.resolvedType, seen)
  }
  return count
}

function checkHealth(root: protobuf.Root): Promise<string> {
  const method = root.lookupService('grpc.health.v1.Health').methods.Check as protobuf.Method
  const request = method.resolvedRequestType as protobuf.Type
  const response = method.resolvedResponseType as protobuf.Type
  const client = open()
  return new Promise<string>((resolve, reject) => {
    client.makeUnaryRequest(
      '/grpc.health.v1.Health/Check',
      (value: object) => Buffer.from(request.encode(request.fromObject(value)).finish()),
      (bytes: Buffer) => response.toObject(response.decode(bytes), { enums: String }),
      { service: '' },
      (error: ServiceError | null, answer) => {
        client.close()
        if (error) reject(error)
        else resolve((answer as { status: string }).status)
      },
    )
  })
}

test('every symbol of the set leads to its file: services, methods, messages, fields, nested types, enums and values', async () => {
  const symbols = {
    'ggen.marketplace.v1.RegistryService': 'ggen/marketplace/v1/registry_service.proto',
    'ggen.marketplace.v1.RegistryService.Get': 'ggen/marketplace/v1/registry_service.proto',
    'ggen.raft.v1.Hello': 'ggen/raft/v1/peer.proto',
    'ggen.raft.v1.Hello.node_id': 'ggen/raft/v1/peer.proto',
    'ggen.raft.v1.CallFrame.content': 'ggen/raft/v1/peer.proto',
    'ggen.raft.v1.LANE_RAFT': 'ggen/raft/v1/peer.proto',
    'grpc.health.v1.HealthCheckResponse.ServingStatus': 'grpc/health/v1/health.proto',
    'grpc.health.v1.HealthCheckResponse.SERVING': 'grpc/health/v1/health.proto',
    'google.rpc.BadRequest.FieldViolation.field': 'google/rpc/error_details.proto',
    '.google.rpc.ErrorInfo': 'google/rpc/error_details.proto',
  }
  const answers = await ask(Object.keys(symbols).map((symbol) => ({ fileContainingSymbol: symbol })))
  const names = answers.map((answer) => nameOf(answer.fileDescriptorResponse.fileDescriptorProto[0]))
  expect(names).toEqual(Object.values(symbols))
})

test('a file comes with all that it imports', async () => {
  const [answer] = await ask([{ fileByFilename: 'google/rpc/status.proto' }])
  expect(answer.fileDescriptorResponse.fileDescriptorProto.map(nameOf)).toEqual([
    'google/rpc/status.proto',
    'google/protobuf/any.proto',
  ])
})

test('extensions: a message without any has an empty list, an unknown one is NOT_FOUND', async () => {
  const answers = await ask([
    { allExtensionNumbersOfType: 'ggen.raft.v1.Hello' },
    { allExtensionNumbersOfType: 'no.Such' },
    { fileContainingExtension: { containingType: 'ggen.raft.v1.Hello', extensionNumber: 100 } },
  ])
  expect(answers[0].allExtensionNumbersResponse).toEqual({
    baseTypeName: 'ggen.raft.v1.Hello',
    extensionNumber: [],
  })
  expect(answers[1].errorResponse.errorCode).toBe(status.NOT_FOUND)
  expect(answers[2].errorResponse.errorCode).toBe(status.NOT_FOUND)
})

test('a request that asks for nothing is INVALID_ARGUMENT', async () => {
  const [answer] = await ask([{}])
  expect(answer.errorResponse.errorCode).toBe(status.INVALID_ARGUMENT)
})

test('extensions that a set declares are found by number and by file', () => {
  const file = {
    name: 'x.proto',
    package: 'x',
    extension: [{ name: 'more', extendee: '.y.Base', number: 7 }],
  }
  const base = { name: 'y.proto', package: 'y', messageType: [{ name: 'Base' }] }
  const set = descriptor.FileDescriptorSet.encode(
    descriptor.FileDescriptorSet.fromObject({ file: [base, file] }),
  ).finish()
  const index = new DescriptorIndex(set)
  expect(index.extensionNumbers('y.Base')).toEqual([7])
  expect(index.fileOfExtension('y.Base', 7)?.name).toBe('x.proto')
  expect(index.fileOfSymbol('x.more')?.name).toBe('x.proto')
})

test('the descriptors handed out are byte for byte those of the compiler', async () => {
  const [answer] = await ask([{ fileByFilename: 'ggen/raft/v1/peer.proto' }])
  const bytes: Buffer = answer.fileDescriptorResponse.fileDescriptorProto[0]
  expect(Buffer.from(readDescriptorSet()).indexOf(bytes)).toBeGreaterThan(0)
})

function nameOf(bytes: Buffer): string {
  return (descriptor.FileDescriptorProto.decode(bytes) as unknown as { name: string }).name
}
