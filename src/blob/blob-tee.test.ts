import { describe, expect, test } from 'vitest'
import { blobBytes, digestOf } from '../../test/conformance/blob-store.js'
import { drainMicrotasks, runFor } from '../../test/sim/run-until.js'
import { SimClock } from '../../test/sim/sim-clock.js'
import { BlobTee, type TeeReader } from './blob-tee.js'

const LIMITS = { windowBytes: 100, stragglerBytesMax: 500, stallMs: 1000 }

function open() {
  const clock = new SimClock()
  const drops: string[] = []
  const tee = new BlobTee(clock.forNode(), LIMITS, (_reader, why) => drops.push(why))
  return { clock, drops, tee, main: tee.reader(), other: tee.reader() }
}

async function* pieces(count: number, pulled: { count: number } = { count: 0 }): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) {
    pulled.count++
    yield blobBytes(50, i + 1)
  }
}

async function drink(reader: TeeReader): Promise<string> {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of reader.channel) chunks.push(chunk)
    return digestOf(Buffer.concat(chunks))
  } catch (error) {
    return (error as Error).message
  }
}

async function digestOfPieces(count: number): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of pieces(count)) chunks.push(chunk)
  return digestOf(Buffer.concat(chunks))
}

describe('BlobTee', () => {
  test('every reader gets all bytes in order', async () => {
    const { tee, main, other, drops } = open()
    const drunk = Promise.all([drink(main), drink(other)])
    await tee.run(pieces(100), main, [other], () => true)
    const wanted = await digestOfPieces(100)
    expect(await drunk).toEqual([wanted, wanted])
    expect(drops).toEqual([])
  })

  test('a reader on whom nothing depends is dropped once it is too far behind; the others get everything', async () => {
    const { tee, main, other, drops } = open()
    const drunk = drink(main)
    let most = 0
    async function* source() {
      for await (const piece of pieces(100)) {
        most = Math.max(most, other.channel.queuedBytes)
        yield piece
      }
    }
    await tee.run(source(), main, [other], () => true)
    expect(await drunk).toBe(await digestOfPieces(100))
    expect(most).toBeLessThanOrEqual(LIMITS.stragglerBytesMax + 50)
    expect(drops).toEqual(['fell 550 bytes behind'])
    expect(await drink(other)).toBe('fell 550 bytes behind')
  })

  test('the source waits for a reader on whom the pace depends, and drops it once it has stood still too long', async () => {
    const { clock, tee, main, other, drops } = open()
    const drunk = drink(main)
    const pulled = { count: 0 }
    const running = tee.run(pieces(100, pulled), main, [other], (keepUp) => keepUp(other))
    await drainMicrotasks()
    expect(pulled.count).toBe(2)
    await runFor(clock, 900)
    expect([pulled.count, drops]).toEqual([2, []])
    await runFor(clock, 200)
    await running
    expect(drops).toEqual(['took nothing for 1000 ms'])
    expect(await drunk).toBe(await digestOfPieces(100))
    expect(clock.pending).toBe(0)
  })

  test('a main reader that leaves stops the source', async () => {
    const { tee, main, other } = open()
    let closed = false
    async function* source() {
      try {
        yield* pieces(1e9)
      } finally {
        closed = true
      }
    }
    const leaving = (async () => {
      for await (const _ of main.channel) return
    })()
    await tee.run(source(), main, [other], () => true)
    await leaving
    await drainMicrotasks()
    expect(closed).toBe(true)
  })

  test('an error of the source reaches every reader', async () => {
    const { tee, main, other } = open()
    async function* source() {
      yield* pieces(3)
      throw new Error('cut')
    }
    const drunk = Promise.all([drink(main), drink(other)])
    await tee.run(source(), main, [other], () => true)
    expect(await drunk).toEqual(['cut', 'cut'])
  })
})
