import { beforeEach, describe, expect, test } from 'vitest'
import { runFor, runUntil } from '../../test/sim/run-until.js'
import { SeededRandom } from '../../test/sim/seeded-random.js'
import { SimClock } from '../../test/sim/sim-clock.js'
import { SimNetwork } from '../../test/sim/sim-network.js'
import { configuration, Log, register } from '../../test/state/history.js'
import { MemoryKeyValueStore } from '../../test/state/memory-key-value-store.js'
import { type NodeId, toNodeId } from '../model/node-id.js'
import type { PeerTransport } from '../rpc/peer-transport.js'
import { type Logger, silentLogger } from '../runtime/logger.js'
import { readCounters, writeCounters } from '../state/meta.js'
import { StateMachine } from '../state/state-machine.js'
import { seal, unseal } from '../state/stored-value.js'
import { STATE_CONFIRMATION_DEFAULTS, StateConfirmation } from './state-confirmation.js'

const { confirmMs } = STATE_CONFIRMATION_DEFAULTS
const ids = [1, 2, 3, 4, 5].map((number) => toNodeId(`node-${number}`))

let clock: SimClock
let network: SimNetwork
let log: Log
let voters: readonly NodeId[]

beforeEach(() => {
  clock = new SimClock()
  network = new SimNetwork({ clock, random: new SeededRandom(3) })
  log = new Log()
  log.configuration(configuration())
  for (let i = 1; i <= 5; i++) log.command(register(`acme/web@1.${i}.0`, { request: i }))
  voters = ids.slice(0, 3)
})

/** A member with a state of its own, fed from the one log. */
class Member {
  machine!: StateMachine
  readonly warnings: string[] = []
  readonly confirmation: StateConfirmation
  readonly transport: PeerTransport

  private constructor(
    readonly id: NodeId,
    readonly store: MemoryKeyValueStore,
  ) {
    this.transport = network.endpoint(id)
    this.transport.setPeers(ids.map((peer) => ({ id: peer, address: `${peer}:1` })))
    const logger: Logger = { ...silentLogger, warn: (_fields, message) => this.warnings.push(message) }
    const member = this
    this.confirmation = new StateConfirmation({
      id,
      transport: this.transport,
      clock: clock.forNode(),
      logger,
      raft: {
        status: () => ({ configuration: { voters: voters.map((voter) => ({ id: voter, address: '' })) } }),
      },
      holder: {
        get machine() {
          return member.machine
        },
      },
      options: { confirmation: STATE_CONFIRMATION_DEFAULTS },
    })
    this.confirmation.serve()
  }

  /** @param upTo how much of the log it has applied. Default: all. */
  static async start(number: number, upTo = log.entries.length): Promise<Member> {
    const member = new Member(ids[number - 1] as NodeId, new MemoryKeyValueStore())
    member.machine = await StateMachine.open(member.store)
    await member.follow(upTo)
    return member
  }

  async follow(upTo = log.entries.length): Promise<void> {
    const entries = log.entries.slice(this.machine.appliedIndex, upTo)
    if (entries.length > 0) await this.machine.land(this.machine.apply(entries))
  }

  /** Comes back with a count that no entry led to, under a checksum that holds. */
  async restartAltered(): Promise<void> {
    const altered = new Map<Uint8Array, Uint8Array>()
    const get = (key: Uint8Array) => {
      const stored = this.store.getSync(key)
      return stored === undefined ? undefined : unseal(key, stored)
    }
    const counters = readCounters({ get })
    if (counters === undefined) throw new Error('a state has counters')
    writeCounters(
      { get, put: (key, body) => altered.set(key, seal(key, body)), delete: () => {} },
      { ...counters, downloads: counters.downloads + 1 },
    )
    await this.store.write([...altered].map(([key, value]) => ({ type: 'put', key, value })))
    await this.restart()
  }

  async restart(): Promise<void> {
    this.machine = await StateMachine.open(this.store)
  }

  /** How its question came out, and after how long. */
  async confirm(isWanted = () => true): Promise<{ outcome: string; afterMs: number }> {
    const fromMs = clock.now
    const asked = this.confirmation.confirm(isWanted).then(
      () => 'confirmed',
      (error: Error) => error.message,
    )
    const outcome = await runUntil(clock, asked)
    return { outcome, afterMs: clock.now - fromMs }
  }
}

async function entry(...members: readonly Member[]): Promise<void> {
  log.empty()
  for (const member of members) await member.follow()
}

const atOnce = expect.toSatisfy((ms: number) => ms < 100, 'at once')
const afterAll = expect.toSatisfy((ms: number) => ms >= confirmMs && ms < confirmMs + 2_000, 'after all')

describe('a state is passed on', () => {
  test('at once where a majority has it, whoever else is down or behind', async () => {
    const [one, two] = [await Member.start(1), await Member.start(2)]
    expect(await one.confirm()).toEqual({ outcome: 'confirmed', afterMs: atOnce })
    expect(await two.confirm()).toEqual({ outcome: 'confirmed', afterMs: atOnce })
    await Member.start(3, 2)
    expect(await one.confirm()).toEqual({ outcome: 'confirmed', afterMs: atOnce })
    expect(one.warnings).toEqual([])
  })

  test('at once by a member alone', async () => {
    voters = ids.slice(0, 1)
    expect(await (await Member.start(1)).confirm()).toEqual({ outcome: 'confirmed', afterMs: atOnce })
  })

  test('soon where the others are always a little behind', async () => {
    const [one, two] = [await Member.start(1), await Member.start(2)]
    for (let at = 50; at < confirmMs; at += 50)
      clock.schedule(at, () => {
        const before = log.entries.length
        void two.follow(before)
        log.empty()
        void one.follow()
      })
    await runFor(clock, 70)
    const { outcome, afterMs } = await one.confirm()
    expect(outcome).toBe('confirmed')
    expect(afterMs).toBeLessThan(1_000)
  })

  test('later, with a warning, where nobody is left who could say', async () => {
    const one = await Member.start(1)
    await Member.start(2, 3)
    expect(await one.confirm()).toEqual({ outcome: 'confirmed', afterMs: afterAll })
    expect(one.warnings).toEqual(['a state is passed on that no majority has confirmed'])
  })

  test('once it knows what another knows that was restarted since, and has no earlier hash', async () => {
    const [one, two] = [await Member.start(1), await Member.start(2)]
    log.empty()
    await two.follow()
    await two.restart()
    expect(two.machine.hashAt(6)).toBeUndefined()
    clock.schedule(1_000, () => void one.follow())
    const { outcome, afterMs } = await one.confirm()
    expect(outcome).toBe('confirmed')
    expect(afterMs).toSatisfy((ms: number) => ms >= 1_000 && ms < 2_000)
  })

  test('later where too few agree, and fewer differ', async () => {
    voters = ids
    const [one, two, wrong] = [await Member.start(1), await Member.start(2), await Member.start(3)]
    await Member.start(4, 3)
    await wrong.restartAltered()
    await entry(one, two, wrong)
    expect(await one.confirm()).toEqual({ outcome: 'confirmed', afterMs: afterAll })
    expect(await wrong.confirm()).toEqual({
      outcome: expect.stringMatching(/at index 7 that of node-[12], node-[12] has another hash/),
      afterMs: afterAll,
    })
  })
})

describe('a state that was altered at rest is not passed on', () => {
  test('where another member has another one', async () => {
    const [wrong, right] = [await Member.start(1), await Member.start(2)]
    await Member.start(3, 2)
    await wrong.restartAltered()
    await entry(wrong, right)
    for (const member of [wrong, right]) {
      expect(await member.confirm()).toEqual({
        outcome: expect.stringContaining('not passed on: at index 7'),
        afterMs: afterAll,
      })
      expect(member.warnings).toEqual([])
    }
  })

  test('before it has applied an entry by which it shows', async () => {
    const [wrong, right] = [await Member.start(1), await Member.start(2)]
    await wrong.restartAltered()
    expect(wrong.machine.hashAt(6)).toEqual(right.machine.hashAt(6))
    clock.schedule(3_000, () => void entry(wrong, right))
    expect(await wrong.confirm()).toEqual({
      outcome: expect.stringContaining('not passed on: at index 7'),
      afterMs: afterAll,
    })
  })
})

test('a question that nobody waits for any more ends', async () => {
  const one = await Member.start(1)
  let wanted = true
  clock.schedule(1_500, () => {
    wanted = false
  })
  const { outcome, afterMs } = await one.confirm(() => wanted)
  expect(outcome).toContain('nobody waits')
  expect(afterMs).toBeLessThan(4_000)
})

test('a question that is none is answered INVALID_ARGUMENT', async () => {
  await Member.start(1)
  const two = await Member.start(2)
  const call = two.transport.call(
    ids[0] as NodeId,
    'state.hash',
    { header: new Uint8Array(0) },
    { deadlineMs: 500 },
  )
  await expect(runUntil(clock, call)).rejects.toMatchObject({ reason: 'INVALID_ARGUMENT' })
})
