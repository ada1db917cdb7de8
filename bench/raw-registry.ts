import { Client, credentials } from '@grpc/grpc-js'
import { CLIENT_CHANNEL_OPTIONS } from '../src/rpc/http2-window.js'
import { serviceDefinition } from '../src/rpc/services.js'
import type { Sent } from '../src/wire/message.js'
import type { NodeProcess } from './nodes.js'

const SERVICE = serviceDefinition('ggen.marketplace.v1.RegistryService')
const asIs = (bytes: Buffer): Buffer => bytes

export function registerBytes(request: Sent<'RegisterRequest'>): Buffer {
  return SERVICE.Register.requestSerialize(request)
}

export function getBytes(request: Sent<'GetRequest'>): Buffer {
  return SERVICE.Get.requestSerialize(request)
}

/**
 * A node's registry for calls that were encoded beforehand and answers that are looked at as bytes, like the floor's empty
 * call: what is measured is the nodes, not how fast a load client makes objects of messages.
 */
export class RawRegistry {
  readonly #client: Client

  constructor(node: NodeProcess) {
    this.#client = new Client(node.client, credentials.createInsecure(), CLIENT_CHANNEL_OPTIONS)
  }

  register(request: Buffer): Promise<Buffer> {
    return this.#call(SERVICE.Register.path, request)
  }

  get(request: Buffer): Promise<Buffer> {
    return this.#call(SERVICE.Get.path, request)
  }

  close(): void {
    this.#client.close()
  }

  #call(path: string, request: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(path, asIs, asIs, request, (error, answer) =>
        error === null && answer !== undefined ? resolve(answer) : reject(error),
      )
    })
  }
}
