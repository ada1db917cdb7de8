import { connect as connectHttp2 } from 'node:http2'
import { PassThrough } from 'node:stream'
import { status } from '@grpc/grpc-js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ApiServer, ask, detailsOf, failureOf, startApiServer } from '../../test/registry/api-server.js'
import { inChunks, sha256 } from '../../test/registry/signed-package.js'
import { SimClock } from '../../test/sim/sim-clock.js'
import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import { messageType } from '../rpc/services.js'
import type { Logger } from '../runtime/logger.js'
import { silentLogger } from '../runtime/logger.js'
import { nodeClock } from '../runtime/node-clock.js'
import { callOptions } from './call.js'
import { CallLimit } from './call-limit.js'
import { toCallFailure } from './status.js'
import { StreamSender } from './stream-sender.js'
import { type ReadableCall, readMessages } from './upload.js'

/** Waits for a condition; fails when it does not come true. */
async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe('a download', () => {
  let api: ApiServer
  let read = 0
  let ended = false
  const chunk = new Uint8Array(256 * 1024)
  const total = 512
  const digest = sha256('endless') as Digest

  beforeEach(async () => {
    api = await startApiServer()
    read = 0
    ended = false
    async function* body() {
      try {
        for (let at = 0; at < total; at++) {
          read++
          yield chunk
        }
      } finally {
        ended = true
      }
    }
    const info = { digest, sizeBytes: total * chunk.length }
    Object.assign(api.registry.context.blobs, {
      info: async () => info,
      read: async () => ({ info, body: body() }),
    })
  })
  afterEach(() => api[Symbol.asyncDispose]())

  test('to a reader that does not read holds a bounded number of bytes, and goes on when it reads', async () => {
    // Plain HTTP/2: a paused gRPC client may still take messages into memory of its own.
    const target = api.packageStore.getChannel().getTarget()
    const session = connectHttp2(`http://${target.slice(target.search(/127\.0\.0\.1/))}`)
    const stream = session.request({
      ':method': 'POST',
      ':path': '/ggen.marketplace.v1.PackageStoreService/Download',
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    const request = messageType('ggen.marketplace.v1.DownloadRequest').serialize({ contentHash: { digest } })
    const frame = Buffer.alloc(5)
    frame.writeUInt32BE(request.length, 1)
    stream.end(Buffer.concat([frame, request]))
    await until(() => read > 1, 'the download begins')
    let seen = 0
    await until(() => {
      const still = seen === read
      seen = read
      return still
    }, 'the sender pauses')
    expect(read).toBeLessThan(total)
    let bytes = 0
    for await (const piece of stream) bytes += (piece as Buffer).length
    session.close()
    expect(bytes).toBeGreaterThan(total * chunk.length)
    expect(bytes).toBeLessThan(total * (chunk.length + 64) + 1_024)
  })

  test('that its caller cancels stops reading the blob', async () => {
    const call = api.packageStore.download({ contentHash: { digest } })
    call.on('error', () => {})
    call.once('data', () => call.cancel())
    await until(() => ended, 'the blob is let go')
    expect(read).toBeLessThan(total)
  })
})

describe('an upload', () => {
  test('is read no faster than its chunks are stored', async () => {
    await using api = await startApiServer()
    const bytes = new Uint8Array(24 * 1024 * 1024)
    let release: () => void = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    let stored = 0
    Object.assign(api.registry.context.blobs, {
      write: async (source: AsyncIterable<Uint8Array>) => {
        for await (const part of source) {
          stored += part.length
          await released
        }
        return { digest: sha256(bytes), sizeBytes: stored, holders: ['node-1'], leaseEndMs: 1 }
      },
    })
    let sent = 0
    const finished = ask((done) => {
      const call = api.packageStore.upload(done)
      call.write({ header: { contentHash: { digest: sha256(bytes) }, sizeBytes: bytes.length } })
      void (async () => {
        for await (const part of inChunks(bytes, 512 * 1024)) {
          if (!call.write({ chunk: Buffer.from(part) }))
            await new Promise((resolve) => call.once('drain', resolve))
          sent += part.length
        }
        call.end()
      })()
    })
    await until(() => stored > 0, 'the upload begins')
    let seen = -1
    await until(() => {
      const still = seen === sent
      seen = sent
      return still
    }, 'the client pauses')
    expect(sent).toBeLessThan(bytes.length)
    release()
    await finished
    expect(stored).toBe(bytes.length)
  })

  test('that falls silent is given up after the time it may', async () => {
    const clock = new SimClock()
    const stream = Object.assign(new PassThrough({ objectMode: true }), { cancelled: false }) as ReadableCall
    stream.push({ at: 1 })
    const messages = readMessages<{ at: number }>(stream, clock.forNode({}), 60_000)
    expect((await messages.next()).value).toEqual({ at: 1 })
    const next = messages.next()
    const failed = expect(next).rejects.toMatchObject({ reason: 'UPLOAD_INCOMPLETE' })
    await until(() => clock.pending > 0, 'the wait begins')
    while (clock.pending > 0) clock.runNext()
    await failed
  })
})

describe('a sender', () => {
  test('knows what was taken, and that a caller who left has not taken it', async () => {
    const callbacks: (() => void)[] = []
    let leave: () => void = () => {}
    const call = {
      cancelled: false,
      write: (_: Buffer, callback: () => void) => callbacks.push(callback) > 0,
      once: (_: 'cancelled', listener: () => void) => {
        leave = listener
      },
    }
    const sender = new StreamSender<Buffer>(call, nodeClock, (message) => message.length)
    await sender.send(Buffer.alloc(10))
    await sender.send(Buffer.alloc(10))
    let taken = false
    const drained = sender.drained().then(() => {
      taken = true
    })
    callbacks.shift()?.()
    await new Promise((resolve) => setImmediate(resolve))
    expect(taken).toBe(false)
    callbacks.shift()?.()
    await drained
    await sender.send(Buffer.alloc(10))
    const failed = expect(sender.drained()).rejects.toMatchObject({ reason: 'CANCELLED' })
    leave()
    await failed
  })

  test('gives up a receiver that takes nothing', async () => {
    const clock = new SimClock()
    const call = { cancelled: false, write: () => true, once: () => undefined }
    const sender = new StreamSender<Buffer>(call, clock.forNode({}), (message) => message.length)
    await sender.send(Buffer.alloc(1024 * 1024))
    const stuck = sender.send(Buffer.alloc(2 * 1024 * 1024))
    const failed = expect(stuck).rejects.toMatchObject({ reason: 'DEADLINE' })
    while (clock.pending > 0) clock.runNext()
    await failed
  })
})

describe('a limit of calls', () => {
  test('refuses one too many, and takes the next once one has ended, well or not', async () => {
    const limit = new CallLimit('uploads', 2)
    let release: () => void = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const first = limit.hold(() => held)
    const second = limit.hold(async () => {
      await held
      throw new Error('cut')
    })
    await expect(limit.hold(async () => {})).rejects.toMatchObject({ reason: 'OVERLOADED' })
    release()
    await first
    await expect(second).rejects.toThrow('cut')
    await expect(Promise.all([limit.hold(async () => 1), limit.hold(async () => 2)])).resolves.toEqual([1, 2])
  })
})

describe('failures', () => {
  test('what this program did not foresee is INTERNAL: the log has it, the caller does not', () => {
    const logged: unknown[] = []
    const logger: Logger = { ...silentLogger, error: (fields) => void logged.push(fields) }
    const secret = new Error('path /secret/place')
    const failure = toCallFailure(secret, 'Get', logger)
    expect(failure.code).toBe(status.INTERNAL)
    expect(JSON.stringify(failure)).not.toContain('secret')
    expect(detailsOf(failure)?.reason).toBe('INTERNAL')
    expect(logged).toEqual([{ err: secret, method: 'Get' }])
  })

  test('a message that would not fit a header is cut', () => {
    const long = new MarketplaceError({
      reason: 'INVALID_ARGUMENT',
      message: 'x'.repeat(5_000),
      help: 'less',
    })
    const failure = toCallFailure(long, 'Get', silentLogger)
    expect(failure.details).toHaveLength(1_001)
    expect(detailsOf(failure)?.message).toBe(failure.details)
  })

  test('a handler that throws so leaves the server serving', async () => {
    await using api = await startApiServer()
    const { state } = api.registry
    const view = state.view.bind(state)
    state.view = () => Promise.reject(new TypeError('x is not a function'))
    const get = () => ask((done) => api.registryService.getStats({}, done))
    expect((await failureOf(get())).code).toBe(status.INTERNAL)
    state.view = view
    expect(await get()).toMatchObject({ packages: 0 })
  })
})

describe('deadlines', () => {
  test('what is left is handed on, less the time that the answer needs', () => {
    const now = nodeClock.wallMs()
    const clock = { ...nodeClock, wallMs: () => now }
    expect(callOptions({ getDeadline: () => Number.POSITIVE_INFINITY }, clock)).toEqual({})
    expect(callOptions({ getDeadline: () => now + 10_000 }, clock)).toEqual({ deadlineMs: 9_900 })
    expect(callOptions({ getDeadline: () => new Date(now + 100) }, clock).deadlineMs).toBe(90)
    expect(() => callOptions({ getDeadline: () => now - 1 }, clock)).toThrow(/had passed/)
  })
})
