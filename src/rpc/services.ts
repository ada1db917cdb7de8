import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ChannelCredentials, type ClientOptions, makeClientConstructor } from '@grpc/grpc-js'
import {
  loadSync,
  type MessageTypeDefinition,
  type Options,
  type PackageDefinition,
} from '@grpc/proto-loader'
import { assert } from '../model/assert.js'
import type { Messages, ServiceClients, ServiceDefinitions } from './gen/names.js'

export type { Messages, ServiceClients, ServiceDefinitions } from './gen/names.js'

const PROTO_FOLDER = fileURLToPath(new URL('../../proto', import.meta.url))

/**
 * How messages look in the program, chosen once: camelCase names, 64-bit integers as numbers (never above 2^53−1), enums by
 * name, defaults filled in, `oneof` members named by a field of their own, bytes as Buffer. proto/build.mjs makes the types
 * with the same options. (Read from the proto text: the loader's other door, a compiled descriptor set, loses `map` fields.)
 */
const LOADER_OPTIONS: Options = { longs: Number, enums: String, defaults: true, oneofs: true }

let loaded: PackageDefinition | undefined

/** For `Server.addService`: `serviceDefinition('ggen.marketplace.v1.RegistryService')`. */
export function serviceDefinition<Name extends keyof ServiceDefinitions>(
  name: Name,
): ServiceDefinitions[Name] {
  const definition = load()[name]
  assert(definition !== undefined && !isType(definition), () => `no service ${name} in ${PROTO_FOLDER}`)
  return definition as unknown as ServiceDefinitions[Name]
}

/** A client of one service. Nothing is connected before the first call. */
export function createServiceClient<Name extends keyof ServiceClients & keyof ServiceDefinitions>(
  name: Name,
  address: string,
  credentials: ChannelCredentials,
  options?: ClientOptions,
): ServiceClients[Name] {
  const Client = makeClientConstructor(serviceDefinition(name), name)
  return new Client(address, credentials, options) as unknown as ServiceClients[Name]
}

/** For messages that travel outside a method, such as the details of an error. */
export function messageType<Name extends keyof Messages>(
  name: Name,
): MessageTypeDefinition<Messages[Name]['input'], Messages[Name]['output']> {
  const definition = load()[name]
  assert(definition !== undefined && isType(definition), () => `no message ${name} in ${PROTO_FOLDER}`)
  return definition as MessageTypeDefinition<Messages[Name]['input'], Messages[Name]['output']>
}

function isType(definition: PackageDefinition[string]): boolean {
  return 'format' in definition && typeof definition.format === 'string'
}

/** About 60 ms, once, at the first use. */
function load(): PackageDefinition {
  if (loaded === undefined) {
    const names = readdirSync(PROTO_FOLDER, { recursive: true, encoding: 'utf8' })
    const files = names.filter((name) => name.endsWith('.proto')).sort()
    loaded = loadSync(files, { ...LOADER_OPTIONS, includeDirs: [PROTO_FOLDER] })
  }
  return loaded
}

/** All proto files as a compiler understood them (a google.protobuf.FileDescriptorSet), for reflection. */
export function readDescriptorSet(): Uint8Array {
  return readFileSync(join(PROTO_FOLDER, 'descriptors.binpb'))
}
