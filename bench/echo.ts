import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:http'
import { fileURLToPath } from 'node:url'
import { Client, type ClientDuplexStream, credentials } from '@grpc/grpc-js'
import { CLIENT_CHANNEL_OPTIONS } from '../src/rpc/http2-window.js'
import { ECHO_SERVICE } from './echo-service.js'
import { timed } from './load.js'

const MESSAGE = Buffer.alloc(1_024, 1)
const EMPTY = Buffer.alloc(0)
/** Messages written ahead of their echoes. */
const STREAM_AHEAD = 256

/** The floors' server and one connection to it. */
export class Echo {
  private constructor(
    private readonly child: ChildProcess,
    private readonly client: Client,
    private readonly httpPort: number,
  ) {}

  /** @param file what http serves */
  static async start(file: string): Promise<Echo> {
    const child = fork(fileURLToPath(new URL('./echo-main.js', import.meta.url)), [file], {
      stdio: 'inherit',
    })
    const [{ grpc, httpPort }] = (await once(child, 'message')) as [{ grpc: string; httpPort: number }]
    return new Echo(child, new Client(grpc, credentials.createInsecure(), CLIENT_CHANNEL_OPTIONS), httpPort)
  }

  empty(): Promise<void> {
    const { path, requestSerialize, responseDeserialize } = ECHO_SERVICE.Empty
    return new Promise((resolve, reject) => {
      this.client.makeUnaryRequest(path, requestSerialize, responseDeserialize, EMPTY, (error) =>
        error === null ? resolve() : reject(error),
      )
    })
  }

  /** 1 KiB messages there and back on one stream, a second of them: per second. */
  streamRate(messages: number): Promise<number> {
    return this.rateOf(Array.from({ length: messages }, () => MESSAGE))
  }

  /** These messages there and back on one stream: per second. */
  async rateOf(list: readonly Buffer[]): Promise<number> {
    const stream = this.#stream()
    const messages = list.length
    let sent = 0
    let received = 0
    const write = () => {
      while (sent < messages && sent - received < STREAM_AHEAD) stream.write(list[sent++] as Buffer)
    }
    const ms = await timed(
      () =>
        new Promise<void>((resolve, reject) => {
          stream.on('error', reject)
          stream.on('data', () => {
            if (++received === messages) resolve()
            else if (sent - received <= STREAM_AHEAD / 2) write()
          })
          write()
        }),
    )
    stream.end()
    return messages / (ms / 1_000)
  }

  /** One 1 KiB message there and back at a time: milliseconds of each. */
  async streamRoundTrips(count: number): Promise<number[]> {
    const stream = this.#stream()
    const trips: number[] = []
    for (let n = 0; n < count; n++) {
      trips.push(
        await timed(async () => {
          stream.write(MESSAGE)
          await once(stream, 'data')
        }),
      )
    }
    stream.end()
    return trips
  }

  /** Takes the whole file over Node's own http. */
  fetchFile(): Promise<number> {
    return timed(
      () =>
        new Promise<void>((resolve, reject) => {
          get({ host: '127.0.0.1', port: this.httpPort }, (response) => {
            response.on('data', () => {})
            response.on('end', resolve)
            response.on('error', reject)
          }).on('error', reject)
        }),
    )
  }

  async stop(): Promise<void> {
    this.client.close()
    const gone = once(this.child, 'exit')
    this.child.kill('SIGKILL')
    await gone
  }

  #stream(): ClientDuplexStream<Buffer, Buffer> {
    const { path, requestSerialize, responseDeserialize } = ECHO_SERVICE.Stream
    return this.client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize)
  }
}
