import { expect, test } from 'vitest'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import { CallBody, pieces } from './call-body.js'
import type { CallFrame } from './gen/ggen/raft/v1/CallFrame.js'
import { messageType } from './services.js'

const frameType = messageType('ggen.raft.v1.CallFrame')
const broken = (what: string) => new MarketplaceError({ reason: 'UNREACHABLE', message: what, help: 'again' })

function bodyOf(...frames: CallFrame[]) {
  const rest = frames.map((frame) => frameType.deserialize(frameType.serialize(frame)))
  const over: string[] = []
  const body = new CallBody({
    next: async () => rest.shift() ?? Promise.reject(broken('the stream broke')),
    broken,
    over: (early) => over.push(early ? 'early' : 'whole'),
  })
  return { body, over }
}

async function read(body: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0
  for await (const chunk of body) size += chunk.length
  return size
}

const chunk = (size: number): CallFrame => ({ chunk: Buffer.alloc(size) })

test('chunks and a trailer that agrees make a whole body', async () => {
  const { body, over } = bodyOf(chunk(3), chunk(4), { trailer: { bodyBytes: 7 } })
  expect(await read(body)).toBe(7)
  expect(over).toEqual(['whole'])
})

test.each<[string, CallFrame[], string]>([
  ['a trailer that tells of more', [chunk(3), { trailer: { bodyBytes: 4 } }], 'ended after 3 bytes'],
  ['a frame that is none of a body', [chunk(3), { header: {} }], 'ended after 3 bytes'],
  ['no trailer', [chunk(3)], 'the stream broke'],
])('%s is a cut, not an end', async (_what, frames, message) => {
  const { body, over } = bodyOf(...frames)
  await expect(read(body)).rejects.toThrow(message)
  expect(over).toEqual(['early'])
})

test('a failure in the middle is thrown whole', async () => {
  const failure = {
    reason: 'BLOB_CORRUPT',
    message: 'bad bytes',
    help: 'another node',
    field: '',
    details: [{ name: 'digest', value: '9f2c' }],
  }
  const { body } = bodyOf(chunk(3), { failure })
  await expect(read(body)).rejects.toMatchObject({
    reason: 'BLOB_CORRUPT',
    message: 'bad bytes',
    help: 'another node',
    field: undefined,
    details: { digest: '9f2c' },
  })
})

test('a failure whose reason this build does not know keeps it in its message', async () => {
  const { body } = bodyOf({ failure: { reason: 'FROM_THE_FUTURE', message: 'what', help: 'upgrade' } })
  await expect(read(body)).rejects.toMatchObject({ reason: 'INTERNAL', message: 'FROM_THE_FUTURE: what' })
})

test('a reader that leaves early ends the body once', async () => {
  const { body, over } = bodyOf(chunk(3), chunk(3), { trailer: { bodyBytes: 6 } })
  for await (const _ of body) break
  expect(over).toEqual(['early'])
  expect(await body.next()).toEqual({ done: true, value: undefined })
  expect(over).toEqual(['early'])
})

test('chunks are cut to the size of a frame, and empty ones vanish', () => {
  const sizes = (size: number) => [...pieces(new Uint8Array(size))].map((piece) => piece.length)
  expect(sizes(0)).toEqual([])
  expect(sizes(LIMITS.chunkBytesMax)).toEqual([LIMITS.chunkBytesMax])
  expect(sizes(LIMITS.chunkBytesMax * 2 + 1)).toEqual([LIMITS.chunkBytesMax, LIMITS.chunkBytesMax, 1])
})
