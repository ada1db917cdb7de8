import { expect, test } from 'vitest'
import { openEmbeddedRegistry } from '../../test/registry/embedded-registry.js'
import { metadataOf, signedVersion } from '../../test/registry/signed-package.js'
import { MarketplaceError } from '../model/error.js'
import { parsePackageId, parsePackageRef } from '../model/package-id.js'
import type { Clock } from '../runtime/clock.js'
import { LongWork } from './long-work.js'
import { resolveVersion } from './lookup.js'
import { register } from './register.js'
import { checkUpdates } from './updates.js'

/** Goes on by so much at each look, and knows how often others were let in. */
class LookedAtClock implements Clock {
  #nowMs = 0
  pauses = 0

  constructor(private readonly stepMs: number) {}

  monotonicMs(): number {
    this.#nowMs += this.stepMs
    return this.#nowMs
  }

  wallMs(): number {
    return this.#nowMs
  }

  after(_: number, callback: () => void) {
    this.pauses++
    setImmediate(callback)
    return { cancel() {} }
  }
}

async function reasonOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'done',
    (error: unknown) => (error instanceof MarketplaceError ? error.reason : String(error)),
  )
}

async function steps(work: LongWork, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await work.step()
}

test('work lets others in after a few milliseconds, and not before', async () => {
  const slow = new LookedAtClock(1)
  await steps(new LongWork(slow, 'a test', 10_000, {}), 64 * 40)
  expect(slow.pauses).toBeGreaterThan(5)
  const fast = new LookedAtClock(0.01)
  await steps(new LongWork(fast, 'a test', 10_000, {}), 64 * 40)
  expect(fast.pauses).toBe(0)
})

test('work ends at its limit, at the deadline of the call, and when its caller goes away', async () => {
  const work = (options: ConstructorParameters<typeof LongWork>[3]) =>
    reasonOf(steps(new LongWork(new LookedAtClock(10), 'a test', 1_000, options), 64 * 60))
  expect(await work({})).toBe('DEADLINE')
  expect(await work({ deadlineMs: 100 })).toBe('DEADLINE')
  expect(await work({ signal: AbortSignal.abort() })).toBe('CANCELLED')
  expect(await reasonOf(steps(new LongWork(new LookedAtClock(10), 'a test', 1_000, {}), 64 * 40))).toBe(
    'done',
  )
})

test('looking through many versions lets others in, and ends in time', async () => {
  await using registry = await openEmbeddedRegistry()
  for (let i = 0; i < 200; i++)
    await register(registry.context, signedVersion(metadataOf(`acme/web@1.0.${i}`)))
  const id = parsePackageId('acme/web@1.0.0')
  const requirement = '>9 || '.repeat(60).concat('=1.0.0')
  const calls = (clock: Clock) => {
    const context = { ...registry.context, clock }
    const installed = Array.from({ length: 50 }, () => ({ id, requirement }))
    return [
      () => resolveVersion(context, parsePackageRef('acme/web'), requirement, {}),
      () => checkUpdates(context, installed, {}),
    ]
  }
  for (const call of [0, 1]) {
    const patient = new LookedAtClock(5)
    expect(await reasonOf(calls(patient)[call]?.() ?? Promise.reject())).toBe('done')
    expect(patient.pauses).toBeGreaterThan(0)
    expect(await reasonOf(calls(new LookedAtClock(6_000))[call]?.() ?? Promise.reject())).toBe('DEADLINE')
  }
})
