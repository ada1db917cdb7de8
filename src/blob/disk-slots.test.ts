import { expect, test } from 'vitest'
import { DiskSlots } from './disk-slots.js'

test('never more operations than slots, first come first served, and a failure frees its slot', async () => {
  const slots = new DiskSlots(3)
  const order: number[] = []
  let running = 0
  let most = 0
  const operation = (number: number) =>
    slots.run(async () => {
      order.push(number)
      most = Math.max(most, ++running)
      for (let turns = 0; turns < 1 + (number % 4); turns++) await Promise.resolve()
      running--
      if (number % 5 === 0) throw new Error(`no ${number}`)
      return number
    })
  const results = await Promise.allSettled(Array.from({ length: 50 }, (_, i) => operation(i)))
  expect(most).toBe(3)
  expect(order).toEqual(Array.from({ length: 50 }, (_, i) => i))
  expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(10)
  expect(await slots.run(async () => 'free')).toBe('free')
})
