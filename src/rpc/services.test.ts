import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import descriptor from 'protobufjs/ext/descriptor/index.js'
import { expect, test } from 'vitest'
import type { Messages, ServiceDefinitions } from './gen/names.js'
import { messageType, serviceDefinition } from './services.js'

/** The same files as a compiler understood them. */
const committed = readFileSync(fileURLToPath(new URL('../../proto/descriptors.binpb', import.meta.url)))
const { file: files } = descriptor.FileDescriptorSet.toObject(
  descriptor.FileDescriptorSet.decode(committed),
) as {
  file: {
    package: string
    messageType?: { name: string; field?: { jsonName: string }[] }[]
    service?: {
      name: string
      method: { name: string; clientStreaming?: boolean; serverStreaming?: boolean }[]
    }[]
  }[]
}

test('every service has the methods that the compiler saw', () => {
  const services = files.flatMap((file) => (file.service ?? []).map((service) => ({ file, service })))
  expect(services.length).toBeGreaterThanOrEqual(5)
  for (const { file, service } of services) {
    const name = `${file.package}.${service.name}`
    const methods = Object.entries(serviceDefinition(name as keyof ServiceDefinitions) as object)
    expect(methods.map(([method, { path }]) => [method, path])).toEqual(
      service.method.map((method) => [method.name, `/${name}/${method.name}`]),
    )
    expect(methods.map(([, { requestStream, responseStream }]) => [requestStream, responseStream])).toEqual(
      service.method.map((method) => [method.clientStreaming ?? false, method.serverStreaming ?? false]),
    )
  }
})

test('every message has the fields that the compiler saw, in camel case', () => {
  const messages = files
    .filter((file) => file.package.startsWith('ggen.') || file.package.startsWith('grpc.'))
    .flatMap((file) => (file.messageType ?? []).map((message) => ({ file, message })))
  expect(messages.length).toBeGreaterThanOrEqual(20)
  for (const { file, message } of messages) {
    const type = messageType(`${file.package}.${message.name}` as keyof Messages)
    const known = (type.type as unknown as { field: { name: string }[] }).field.map((field) => field.name)
    expect(known.sort(), message.name).toEqual((message.field ?? []).map((field) => field.jsonName).sort())
  }
})

test('a message survives the way there and back: oneofs by name, 64-bit numbers, enums by name, bytes', () => {
  const frame = messageType('ggen.raft.v1.CallFrame')
  const decode = (value: Parameters<typeof frame.serialize>[0]) => frame.deserialize(frame.serialize(value))
  expect(decode({ trailer: { bodyBytes: 2 ** 53 - 1 } })).toEqual({
    content: 'trailer',
    trailer: { bodyBytes: 2 ** 53 - 1 },
  })
  expect(decode({ chunk: Buffer.from([0, 255]) })).toEqual({ content: 'chunk', chunk: Buffer.from([0, 255]) })
  expect(decode({ hello: { nodeId: 'node-1', lane: 'LANE_FORWARD' } }).hello).toMatchObject({
    nodeId: 'node-1',
    lane: 'LANE_FORWARD',
    clusterId: '',
  })
})

test('the map of ErrorInfo survives the way there and back', () => {
  const info = messageType('google.rpc.ErrorInfo')
  const value = { reason: 'NOT_OWNER', domain: 'ggen.marketplace', metadata: { constructor: 'x' } }
  expect(info.deserialize(info.serialize(value)).metadata).toEqual({ constructor: 'x' })
})
