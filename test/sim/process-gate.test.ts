import { expect, test } from 'vitest'
import { ProcessGate } from './process-gate.js'
import { SimClock } from './sim-clock.js'

test('a process that stands still does nothing, and on going on meets its timers first and then what came, in order', () => {
  const clock = new SimClock()
  const gate = new ProcessGate(clock)
  const own = clock.forNode({ pass: (callback) => gate.pass('timer', callback) })
  const done: string[] = []
  const at = (ms: number, what: () => void) => clock.schedule(ms, what)
  for (const message of ['a', 'b'])
    at(message === 'a' ? 2 : 4, () => gate.pass('outside', () => done.push(`${message} at ${clock.now}`)))
  own.after(3, () => done.push(`timer at ${own.monotonicMs()}`))
  own.after(20, () => done.push(`later timer at ${own.monotonicMs()}`))
  at(1, () => gate.shut())
  at(9, () => expect(done).toEqual([]))
  at(10, () => gate.open())
  while (clock.runNext());
  expect(done).toEqual(['timer at 10', 'a at 10', 'b at 10', 'later timer at 20'])
})

test('a timer that is called off by what runs before it, after a standstill, never runs', () => {
  const clock = new SimClock()
  const gate = new ProcessGate(clock)
  const own = clock.forNode({ pass: (callback) => gate.pass('timer', callback) })
  const done: string[] = []
  own.after(1, () => {
    done.push('first')
    second.cancel()
  })
  const second = own.after(2, () => done.push('second'))
  gate.shut()
  clock.schedule(5, () => gate.open())
  while (clock.runNext());
  expect(done).toEqual(['first'])
})

test('what is handed over late is held back again where the process is stopped again', () => {
  const clock = new SimClock()
  const gate = new ProcessGate(clock)
  const done: number[] = []
  gate.shut()
  gate.pass('outside', () => gate.shut())
  gate.pass('outside', () => done.push(clock.now))
  gate.open()
  clock.schedule(7, () => gate.open())
  while (clock.runNext());
  expect(done).toEqual([7])
})
