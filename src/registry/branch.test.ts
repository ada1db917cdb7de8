import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { branch } from './branch.js'

async function* chunks(count: number, onRead: (at: number) => void = () => {}) {
  for (let at = 0; at < count; at++) {
    onRead(at)
    yield Uint8Array.of(at & 0xff)
  }
}

async function collect(source: AsyncIterable<Uint8Array>, pauses: (at: number) => number = () => 0) {
  const found: number[] = []
  for await (const chunk of source) {
    found.push(chunk[0] as number)
    for (let turn = pauses(found.length); turn > 0; turn--) await null
  }
  return found
}

describe('branch', () => {
  test('both readers see every chunk in order, whatever their pace', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(100), fc.nat(7), fc.nat(7), async (count, slow, slower) => {
        const { first, second } = branch(chunks(count))
        const [one, other] = await Promise.all([
          collect(first, (at) => at % (slow + 1)),
          collect(second, (at) => (at % 3) * slower),
        ])
        const all = Array.from({ length: count }, (_, at) => at)
        expect(one).toEqual(all)
        expect(other).toEqual(all)
      }),
    )
  })

  test('a reader that does not come along holds the other within its allowance', async () => {
    let read = 0
    async function* large() {
      for (; read < 100; read++) yield new Uint8Array(256 * 1024)
    }
    const { first, second } = branch(large())
    const reading = collect(first)
    await new Promise((resolve) => setImmediate(resolve))
    expect(read).toBe(15)
    expect(await collect(second)).toHaveLength(100)
    expect(await reading).toHaveLength(100)
  })

  test('a reader that stops early no longer holds the other', async () => {
    const { first, second } = branch(chunks(200))
    const reading = collect(first)
    for await (const _ of second) break
    expect(await reading).toHaveLength(200)
  })

  test('a failure of one reader ends the other with the same error, and the source is let go', async () => {
    let returned = false
    const source: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: new Uint8Array(1) }),
        return: async () => {
          returned = true
          return { done: true, value: undefined }
        },
      }),
    }
    const { first, second, fail } = branch(source)
    const reading = collect(first)
    const failing = (async () => {
      for await (const _ of second) {
        fail(new Error('hostile'))
        return
      }
    })()
    await expect(reading).rejects.toThrow('hostile')
    await failing
    expect(returned).toBe(true)
  })

  test('a failure of the source reaches both readers', async () => {
    async function* broken() {
      yield new Uint8Array(1)
      throw new Error('cut')
    }
    const { first, second } = branch(broken())
    const results = await Promise.allSettled([collect(first), collect(second)])
    expect(results.map((each) => each.status === 'rejected' && String(each.reason))).toEqual([
      'Error: cut',
      'Error: cut',
    ])
  })
})
