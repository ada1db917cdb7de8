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

export function listBytes(request: Sent<'ListPackagesRequest'>): Buffer {
  return SERVICE.ListPackages.requestSerialize(request)
}

/** The token of the page after this one; empty on the last. */
export function nextPageOf(answer: Buffer): string {
  return SERVICE.ListPackages.responseDeserialize(answer).nextPageToken
}

/** Messages of a stream that are sent ahead of their answers. */
const AHEAD = 256
/** A field of RegisterManyResponse, as protobuf writes it: number and wire type. */
const REGISTERED = (2 << 3) | 2
/** Answers after which the same message is sent again: the machine was slow for a moment and another node leads. */
const PASSING: readonly string[] = [
  'ERROR_REASON_NOT_PROPOSED',
  'ERROR_REASON_OUTCOME_UNKNOWN',
  'ERROR_REASON_OVERLOADED',
  'ERROR_REASON_NO_LEADER',
]
const RETRY_MS = 100

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

  list(request: Buffer): Promise<Buffer> {
    return this.#call(SERVICE.ListPackages.path, request)
  }

  /** Every message on one stream; the n-th has the sequence n. Rejects where one is refused. */
  registerMany(messages: readonly Buffer[]): Promise<void> {
    const { path, responseDeserialize } = SERVICE.RegisterMany
    const stream = this.#client.makeBidiStreamRequest(path, asIs, asIs)
    let sent = 0
    let done = 0
    return new Promise((resolve, reject) => {
      const fill = () => {
        while (sent < messages.length && sent - done < AHEAD) stream.write(messages[sent++] as Buffer)
      }
      stream.on('error', reject)
      stream.on('data', (answer: Buffer) => {
        if (!isRegistered(answer)) {
          const { sequence, error } = responseDeserialize(answer)
          if (!PASSING.includes(String(error?.reason)))
            return reject(new Error(`registration ${sequence}: ${error?.message}`))
          setTimeout(() => stream.write(messages[sequence] as Buffer), RETRY_MS)
          return
        }
        if (++done === messages.length) {
          stream.end()
          resolve()
        } else if (sent - done <= AHEAD / 2) fill()
      })
      fill()
    })
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

/** Looked for in the bytes: reading 60,000 answers in full would be the client's work, not the registry's. */
function isRegistered(answer: Buffer): boolean {
  let at = 0
  // The sequence comes first, where it is not 0: a tag and a varint.
  if (answer[0] === 1 << 3) {
    at = 1
    while (((answer[at] ?? 0) & 0x80) !== 0) at++
    at++
  }
  return answer[at] === REGISTERED
}
