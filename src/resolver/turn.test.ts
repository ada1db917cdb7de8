import { expect, test } from 'vitest'
import { nodeClock } from '../runtime/node-clock.js'
import { Turns } from './turn.js'

/** Work that goes on until it is let go. */
function held() {
  let release = () => {}
  const until = new Promise<void>((resolve) => {
    release = resolve
  })
  return { release, work: () => until }
}

test('so many run, the others wait in the order in which they came, one more is refused', async () => {
  const turns = new Turns(nodeClock, { runningMax: 1, waitingMax: 2 })
  const first = held()
  const order: string[] = []
  const running = turns.take(10_000, undefined, first.work).then(() => order.push('first'))
  const second = turns.take(10_000, undefined, async () => order.push('second'))
  const third = turns.take(10_000, undefined, async () => order.push('third'))
  await expect(turns.take(10_000, undefined, async () => {})).rejects.toMatchObject({ reason: 'OVERLOADED' })
  first.release()
  await Promise.all([running, second, third])
  expect(order).toEqual(['first', 'second', 'third'])
  expect(await turns.take(10, undefined, async () => 'again')).toBe('again')
})

test('whoever waits too long, or goes away, leaves its place to others', async () => {
  const turns = new Turns(nodeClock, { runningMax: 1, waitingMax: 1 })
  const first = held()
  const running = turns.take(10_000, undefined, first.work)
  await expect(turns.take(20, undefined, async () => {})).rejects.toMatchObject({ reason: 'DEADLINE' })
  const gone = new AbortController()
  const waiting = turns.take(10_000, gone.signal, async () => {})
  gone.abort()
  await expect(waiting).rejects.toMatchObject({ reason: 'CANCELLED' })
  const last = turns.take(10_000, undefined, async () => 'last')
  first.release()
  await running
  expect(await last).toBe('last')
})

test('work that fails gives its turn back', async () => {
  const turns = new Turns(nodeClock, { runningMax: 1, waitingMax: 0 })
  await expect(turns.take(10, undefined, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await turns.take(10, undefined, async () => 'yes')).toBe('yes')
})
