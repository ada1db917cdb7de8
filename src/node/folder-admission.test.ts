import { describe, expect, test } from 'vitest'
import { drainMicrotasks, runUntil } from '../../test/sim/run-until.js'
import { SeededRandom } from '../../test/sim/seeded-random.js'
import { SimClock } from '../../test/sim/sim-clock.js'
import { SimNetwork } from '../../test/sim/sim-network.js'
import type { MarketplaceError } from '../model/error.js'
import { type Incarnation, type NodeId, toNodeId } from '../model/node-id.js'
import {
  afterTold,
  type FolderTestimony,
  judgeIdentity,
  type KnownIdentity,
  nextStartMark,
  type ShownIdentity,
  START_MARK_RANDOM_BYTES,
  type StartMark,
} from '../model/start-mark.js'
import { silentLogger } from '../runtime/logger.js'
import { FOLDER_ADMISSION_DEFAULTS, FolderAdmission, UNNAMED_MARKS_KEPT } from './folder-admission.js'
import { checkIdentity, type IdentityFolder, IncarnationRegistry } from './incarnation-registry.js'
import { starting } from './member-list.js'

const RENEW_MS = 60_000
const MARKS_MAX = 20

/** What of a folder outlives its process; a copy of it is an older copy of the folder. */
interface Disk {
  readonly incarnation: Incarnation
  readonly startMarks: readonly StartMark[]
  readonly admitted: boolean
  readonly shownTo: ReadonlySet<NodeId>
  readonly peers: ReadonlyMap<NodeId, KnownIdentity>
}

/** One start of a folder. */
class MemoryFolder implements IdentityFolder {
  constructor(
    private readonly machine: Machine,
    private readonly random: SeededRandom,
  ) {}

  get incarnation(): Incarnation {
    return this.machine.disk.incarnation
  }

  get startMarks(): readonly StartMark[] {
    return this.machine.disk.startMarks
  }

  get admitted(): boolean {
    return this.machine.disk.admitted
  }

  async markAdmitted(): Promise<void> {
    this.machine.disk = { ...this.machine.disk, admitted: true }
  }

  async drawStartMark(): Promise<boolean> {
    if (this.startMarks.length >= MARKS_MAX) return false
    const mark = nextStartMark(this.startMarks, this.random.bytes(START_MARK_RANDOM_BYTES))
    this.machine.disk = { ...this.machine.disk, startMarks: [...this.startMarks, mark] }
    return true
  }

  get shownTo(): readonly NodeId[] {
    return [...this.machine.disk.shownTo]
  }

  async willShow(peer: NodeId): Promise<void> {
    this.machine.disk = { ...this.machine.disk, shownTo: new Set([...this.shownTo, peer]) }
  }

  async dropMarksBefore(mark: StartMark, forgotten: readonly NodeId[]): Promise<void> {
    const startMarks = this.startMarks.slice(this.startMarks.indexOf(mark))
    const shownTo = new Set(this.shownTo.filter((peer) => !forgotten.includes(peer)))
    this.machine.disk = { ...this.machine.disk, startMarks, shownTo }
  }

  knownPeer(peer: NodeId): KnownIdentity | undefined {
    return this.machine.disk.peers.get(peer)
  }

  async rememberPeer(peer: NodeId, shown: ShownIdentity): Promise<void> {
    const known = this.knownPeer(peer)
    if (known !== undefined && judgeIdentity(known, shown) !== 'same') return
    const startMark = shown.startMarks.at(-1) as StartMark
    const peers = new Map(this.machine.disk.peers).set(peer, { incarnation: shown.incarnation, startMark })
    this.machine.disk = { ...this.machine.disk, peers }
  }

  async hearOfPeers(told: readonly FolderTestimony[]): Promise<void> {
    const peers = new Map(this.machine.disk.peers)
    for (const each of told) peers.set(each.id, afterTold(peers.get(each.id), each))
    this.machine.disk = { ...this.machine.disk, peers }
  }
}

interface Start {
  readonly admission: FolderAdmission
  readonly admitted: Promise<void>
  readonly refusals: MarketplaceError[]
  /** The members have changed to these. */
  follow(others: readonly NodeId[]): void
  /** A later configuration has these, as one of them says. */
  introduce(others: readonly NodeId[]): void
}

class Machine {
  disk: Disk
  /** Listens, and lets nobody in yet. */
  readsLog = false
  #starts = 0
  #running: FolderAdmission | undefined
  #folder: MemoryFolder | undefined

  constructor(
    private readonly world: World,
    readonly id: NodeId,
  ) {
    this.disk = this.emptyDisk()
  }

  emptyDisk(): Disk {
    const incarnation = Buffer.from(this.world.random.bytes(16)).toString('hex') as Incarnation
    return { incarnation, startMarks: [], admitted: false, shownTo: new Set(), peers: new Map() }
  }

  /** @param others that its log names. Default: all. */
  start(others: readonly NodeId[] = this.world.idsBut(this.id)): Start {
    const { world, id } = this
    const folder = new MemoryFolder(this, world.random.fork(`${id} ${++this.#starts}`))
    this.#folder = folder
    const greeting = {
      shown: folder,
      admit: (peer: NodeId, shown: ShownIdentity) => {
        if (this.readsLog) throw starting(id)
        checkIdentity(id, folder, peer, shown)
      },
    }
    const transport = world.network.endpoint(id, { greeting })
    transport.setPeers(others.map((peer) => ({ id: peer, address: `${peer}:1` })))
    const registry = new IncarnationRegistry(id, folder, transport)
    registry.serve()
    const options = { ...FOLDER_ADMISSION_DEFAULTS, renewMs: RENEW_MS }
    const admission = new FolderAdmission(folder, registry, world.clock.forNode(), silentLogger, options)
    this.#running = admission
    const admitted = admission
      .begin(others.map((peer) => ({ id: peer, voter: true })))
      .then(() => admission.admit(() => world.stopped))
    admitted.catch(() => {})
    const refusals: MarketplaceError[] = []
    admission.onRefused((refusal) => refusals.push(refusal))
    const follow = (members: readonly NodeId[]) => {
      transport.setPeers(members.map((peer) => ({ id: peer, address: `${peer}:1` })))
      admission.follow(members.map((peer) => ({ id: peer, voter: true })))
    }
    const introduce = (members: readonly NodeId[]) => {
      const all = [...new Set([...members, ...others])]
      transport.setPeers(all.map((peer) => ({ id: peer, address: `${peer}:1` })))
      admission.introduce(members.map((peer) => ({ id: peer, voter: true })))
    }
    return { admission, admitted, refusals, follow, introduce }
  }

  /** Others tell it of a machine's folder. */
  async hearOf({ id, disk }: Machine): Promise<void> {
    const startMark = disk.startMarks.at(-1) as StartMark
    await this.#folder?.hearOfPeers([{ id, incarnation: disk.incarnation, startMark }])
  }

  stop(): void {
    this.#running?.stop()
    this.world.network.crash(this.id)
  }
}

class World {
  readonly clock = new SimClock()
  readonly random = new SeededRandom(7)
  readonly network = new SimNetwork({ clock: this.clock, random: this.random.fork('network') })
  readonly machines: Machine[]
  stopped = false

  constructor(count = 3) {
    this.machines = []
    for (let i = 1; i <= count; i++) this.machines.push(new Machine(this, toNodeId(`node-${i}`)))
  }

  machine(number: number): Machine {
    return this.machines[number - 1] as Machine
  }

  idsBut(id: NodeId): NodeId[] {
    return this.machines.map((machine) => machine.id).filter((other) => other !== id)
  }

  settle<T>(promise: Promise<T>): Promise<T> {
    return runUntil(this.clock, promise)
  }

  async admitAll(): Promise<void> {
    await this.settle(Promise.all(this.machines.map((machine) => machine.start().admitted)))
    await this.pass(3_000)
  }

  async restart(number: number): Promise<Start> {
    this.machine(number).stop()
    const start = this.machine(number).start()
    await this.settle(start.admitted)
    return start
  }

  async pass(ms: number): Promise<void> {
    const endMs = this.clock.now + ms
    this.clock.schedule(ms, () => {})
    await drainMicrotasks()
    while (this.clock.now < endMs && this.clock.runNext()) await drainMicrotasks()
  }

  async isAdmittedWithin(start: Start, ms: number): Promise<boolean> {
    let admitted = false
    void start.admitted.then(
      () => {
        admitted = true
      },
      () => {},
    )
    await this.pass(ms)
    return admitted
  }
}

describe('a fresh folder', () => {
  test('is admitted by the others, and they by it', async () => {
    const world = new World()
    await world.admitAll()
    for (const { disk } of world.machines) expect([disk.admitted, disk.peers.size]).toEqual([true, 2])
  })

  test('with one of three members missing is not: two groups might not meet', async () => {
    const world = new World()
    const start = world.machine(1).start()
    world.machine(2).start()
    expect(await world.isAdmittedWithin(start, 10_000)).toBe(false)
    expect(world.machine(1).disk.admitted).toBe(false)
  })

  test('waits for no learner, and for no member that has left', async () => {
    const world = new World()
    const [first, second] = [world.machine(1).start(), world.machine(2).start()]
    expect(await world.isAdmittedWithin(first, 10_000)).toBe(false)
    first.admission.follow([
      { id: world.machine(2).id, voter: true },
      { id: world.machine(3).id, voter: false },
    ])
    expect(await world.isAdmittedWithin(first, 10_000)).toBe(true)
    second.admission.follow([{ id: world.machine(1).id, voter: true }])
    expect(await world.isAdmittedWithin(second, 10_000)).toBe(true)
  })

  test('is shown to a member that comes later', async () => {
    const world = new World(2)
    const starts = world.machines.map((machine) => machine.start())
    await world.settle(Promise.all(starts.map((start) => start.admitted)))
    const late = new Machine(world, toNodeId('node-3'))
    world.machines.push(late)
    late.start()
    const ids = world.machines.map(({ id }) => id)
    for (const [i, start] of starts.entries()) start.follow(ids.filter((_, n) => n !== i))
    await world.pass(10_000)
    expect([...late.disk.peers.keys()].sort()).toEqual(['node-1', 'node-2'])
  })

  test('of a member alone admits itself', async () => {
    const world = new World(1)
    await world.settle(world.machine(1).start().admitted)
    expect(world.machine(1).disk.admitted).toBe(true)
  })

  test('under a known name is an emptied one, refused by each who remembers', async () => {
    const world = new World()
    await world.admitAll()
    const known = world.machine(3).disk.incarnation
    world.machine(3).stop()
    world.machine(3).disk = world.machine(3).emptyDisk()
    await expect(world.settle(world.machine(3).start().admitted)).rejects.toMatchObject({
      reason: 'IDENTITY_LOST',
      message: expect.stringContaining(world.machine(3).disk.incarnation),
    })
    expect(world.machine(1).disk.peers.get(world.machine(3).id)?.incarnation).toBe(known)
  })
})

describe('an admitted folder', () => {
  test('starts while one of three members is dead, without waiting for it', async () => {
    const world = new World()
    await world.admitAll()
    world.machine(3).stop()
    const before = world.clock.now
    await world.restart(1)
    expect(world.clock.now - before).toBeLessThan(100)
  })

  test('does not start alone', async () => {
    const world = new World()
    await world.admitAll()
    for (const machine of world.machines) machine.stop()
    expect(await world.isAdmittedWithin(world.machine(1).start(), 10_000)).toBe(false)
  })

  test('and another that start together confirm each other', async () => {
    const world = new World()
    await world.admitAll()
    for (const machine of world.machines) machine.stop()
    const starts = [world.machine(1).start(), world.machine(2).start()]
    await world.settle(Promise.all(starts.map((start) => start.admitted)))
  })

  test('waits for the answer of a member that is slow, but no longer than the grace', async () => {
    const world = new World()
    await world.admitAll()
    world.network.slow(world.machine(1).id, world.machine(3).id, 1_000_000)
    const before = world.clock.now
    await world.restart(1)
    const waitedMs = world.clock.now - before
    expect(waitedMs).toBeGreaterThanOrEqual(FOLDER_ADMISSION_DEFAULTS.graceMs)
    expect(waitedMs).toBeLessThan(FOLDER_ADMISSION_DEFAULTS.graceMs + 500)
  })

  test('shows a start to a member that was dead once that is back, and then drops older marks', async () => {
    const world = new World()
    await world.admitAll()
    world.machine(3).stop()
    for (let round = 0; round < 3; round++) await world.restart(1)
    const { id, disk } = world.machine(1)
    expect(disk.startMarks.length).toBe(4)
    expect(world.machine(3).disk.peers.get(id)?.startMark).toBe(disk.startMarks[0])
    world.machine(3).start()
    await world.pass(3_000)
    expect(world.machine(3).disk.peers.get(id)?.startMark).toBe(disk.startMarks.at(-1))
    expect(world.machine(1).disk.startMarks).toEqual(disk.startMarks.slice(-1))
  })

  test('that may keep no more marks starts without a new one', async () => {
    const world = new World()
    await world.admitAll()
    world.machine(3).stop()
    for (let round = 0; round < MARKS_MAX + 3; round++) await world.restart(1)
    expect(world.machine(1).disk.startMarks.length).toBe(MARKS_MAX)
  })

  test('ends its waiting when it is told to stop', async () => {
    const world = new World()
    await world.admitAll()
    for (const machine of world.machines) machine.stop()
    const start = world.machine(1).start()
    await world.pass(1_000)
    world.stopped = true
    await expect(world.settle(start.admitted)).rejects.toMatchObject({ reason: 'SHUTTING_DOWN' })
  })
})

describe('a member that is not named by the log that another was started with', () => {
  /** Three members, all of whom a fourth one has met. */
  async function withNewcomer(): Promise<{ world: World; newcomer: Start; founders: Start[] }> {
    const world = new World(3)
    const founders = world.machines.map((machine) => machine.start())
    await world.settle(Promise.all(founders.map((start) => start.admitted)))
    const machine = new Machine(world, toNodeId('node-4'))
    world.machines.push(machine)
    const newcomer = machine.start()
    await world.settle(newcomer.admitted)
    for (const [i, start] of founders.entries()) start.follow(world.idsBut(world.machine(i + 1).id))
    await world.pass(3_000)
    expect(machine.disk.peers.size).toBe(3)
    return { world, newcomer, founders }
  }

  const named = (world: World) => world.idsBut(world.machine(1).id).filter((id) => id !== 'node-4')

  /** Node 1 starts so often with a log that does not name node 4, and hears of it then. */
  async function restartUnnamed(world: World, times: number): Promise<Start> {
    let start: Start | undefined
    for (let round = 0; round < times; round++) {
      world.machine(1).stop()
      start = world.machine(1).start(named(world))
      await world.settle(start.admitted)
      await world.pass(3_000)
    }
    start?.follow(world.idsBut(world.machine(1).id))
    await world.pass(5_000)
    return start as Start
  }

  test('knows it again when it is named, and takes itself for no older copy', async () => {
    const { world, newcomer } = await withNewcomer()
    const start = await restartUnnamed(world, 3)
    expect([...newcomer.refusals, ...start.refusals]).toEqual([])
    const { disk, id } = world.machine(1)
    expect(world.machine(4).disk.peers.get(id)?.startMark).toBe(disk.startMarks.at(-1))
    expect(disk.startMarks.length).toBe(1)
  })

  test('is still told when it is an older copy', async () => {
    const { world } = await withNewcomer()
    const copy = world.machine(4).disk
    await restartUnnamed(world, 1)
    world.machine(4).stop()
    world.machine(4).disk = copy
    await expect(world.settle(world.machine(4).start().admitted)).rejects.toMatchObject({
      reason: 'IDENTITY_LOST',
    })
  })

  test('is waited for no longer than a number of marks, as when it was removed', async () => {
    const { world, founders } = await withNewcomer()
    world.machine(4).stop()
    for (const [i, start] of founders.entries())
      start.follow(world.idsBut(world.machine(i + 1).id).filter((id) => id !== 'node-4'))
    await world.pass(RENEW_MS * (UNNAMED_MARKS_KEPT - 2))
    expect(world.machine(1).disk.startMarks.length).toBeGreaterThan(UNNAMED_MARKS_KEPT - 3)
    expect(world.machine(1).disk.shownTo).toContain('node-4')
    await world.pass(RENEW_MS * 4)
    expect(world.machine(1).disk.startMarks.length).toBe(1)
    expect(world.machine(1).disk.shownTo).not.toContain('node-4')
  })
})

describe('an older copy of a folder', () => {
  test('is refused by whoever saw a later start, however often it is started', async () => {
    const world = new World()
    await world.admitAll()
    const copy = world.machine(1).disk
    await world.restart(1)
    await world.pass(3_000)
    world.machine(1).stop()
    world.machine(2).stop()
    world.machine(1).disk = copy
    for (let round = 0; round < 3; round++) {
      world.machine(1).stop()
      await expect(world.settle(world.machine(1).start().admitted)).rejects.toMatchObject({
        reason: 'IDENTITY_LOST',
        message: expect.stringContaining('an older copy of its data folder was put back'),
        help: expect.stringContaining('bring back the newest data folder of node-1'),
        details: { node: world.machine(1).id },
      })
    }
  })

  test('is refused although another member confirms it', async () => {
    const world = new World()
    await world.admitAll()
    world.machine(2).stop()
    const copy = world.machine(1).disk
    await world.restart(1)
    world.machine(1).stop()
    world.machine(1).disk = copy
    world.machine(2).start()
    await expect(world.settle(world.machine(1).start().admitted)).rejects.toMatchObject({
      reason: 'IDENTITY_LOST',
    })
  })

  test('is refused although another member confirms it while the one that knows better still reads its log', async () => {
    const world = new World()
    await world.admitAll()
    world.machine(2).stop()
    const copy = world.machine(1).disk
    await world.restart(1)
    world.machine(1).stop()
    world.machine(1).disk = copy
    world.machine(2).start()
    world.machine(3).readsLog = true
    world.clock.schedule(1_000, () => {
      world.machine(3).readsLog = false
    })
    await expect(world.settle(world.machine(1).start().admitted)).rejects.toMatchObject({
      reason: 'IDENTITY_LOST',
    })
  })

  test('that got in while those who know better were away loses its part when they are back', async () => {
    const world = new World()
    await world.admitAll()
    world.machine(2).stop()
    const copy = world.machine(1).disk
    await world.restart(1)
    await world.pass(3_000)
    world.machine(1).stop()
    world.machine(3).stop()
    world.machine(1).disk = copy
    world.machine(2).start()
    const start = world.machine(1).start()
    await world.settle(start.admitted)
    expect(start.refusals).toEqual([])
    world.machine(3).start()
    await world.pass(5_000)
    expect(start.refusals).toMatchObject([{ reason: 'IDENTITY_LOST' }])
  })

  test('taken while the folder was in use is recognised by the marks drawn since', async () => {
    const world = new World()
    await world.admitAll()
    const copy = world.machine(1).disk
    await world.pass(RENEW_MS * 2)
    expect(world.machine(1).disk.startMarks).not.toEqual(copy.startMarks)
    expect(world.machine(1).disk.startMarks.length).toBe(1)
    world.machine(1).stop()
    world.machine(1).disk = copy
    await expect(world.settle(world.machine(1).start().admitted)).rejects.toMatchObject({
      reason: 'IDENTITY_LOST',
    })
  })

  test('that has forgotten what it confirmed says so itself, and stops no good folder', async () => {
    const world = new World()
    await world.admitAll()
    const copy = world.machine(1).disk
    await world.restart(2)
    await world.pass(5_000)
    world.machine(1).stop()
    world.machine(2).stop()
    world.machine(3).stop()
    // Node 1 itself was never started since: only its memory of the others is old.
    world.machine(1).disk = copy
    const older = world.machine(1).start()
    const good = world.machine(2).start()
    await expect(world.settle(older.admitted)).rejects.toMatchObject({
      reason: 'IDENTITY_LOST',
      message: expect.stringMatching(/^node-1 .* remembers the start mark .* of node-2/),
    })
    world.machine(1).stop()
    world.machine(3).start()
    await world.settle(good.admitted)
    await world.pass(5_000)
    expect(good.refusals).toEqual([])
  })

  test('is told from the newest by both', () => {
    const incarnation = 'a1'.repeat(16) as Incarnation
    const marks = (count: number, from: readonly StartMark[], digit: number) => {
      const all = [...from]
      while (all.length < count)
        all.push(nextStartMark(all, new Uint8Array(START_MARK_RANDOM_BYTES).fill(digit)))
      return all
    }
    const newest = marks(5, [], 1)
    const older = marks(8, newest.slice(0, 2), 2)
    const known = { incarnation, startMark: newest[3] as StartMark }
    const judge = (startMarks: readonly StartMark[]) => judgeIdentity(known, { incarnation, startMarks })
    expect(judge(newest)).toBe('same')
    expect(judge(newest.slice(3))).toBe('same')
    expect(judge(older)).toBe('older')
    expect(judge(older.slice(0, 3))).toBe('older')
    expect(judge([])).toBe('older')
    expect(judge(newest.slice(4))).toBe('we-are-older')
    expect(judgeIdentity(known, { incarnation: 'b2'.repeat(16) as Incarnation, startMarks: newest })).toBe(
      'another',
    )
  })
})

describe('a member that was off while all that its log names were replaced and switched off', () => {
  /** Machines 4 and 5 have never been shown the folder of machine 1; they were told of it, as far as `told` says. */
  async function replaced(told: readonly number[]): Promise<{ world: World; older: Disk }> {
    const world = new World(3)
    await world.admitAll()
    const older = world.machine(1).disk
    await world.restart(1)
    await world.pass(3_000)
    world.machine(1).stop()
    for (const number of [4, 5]) {
      const machine = new Machine(world, toNodeId(`node-${number}`))
      world.machines.push(machine)
      machine.disk = { ...machine.disk, admitted: true }
      await world.settle(machine.start(world.idsBut(machine.id)).admitted)
      if (told.includes(number)) await machine.hearOf(world.machine(1))
    }
    world.machine(2).stop()
    world.machine(3).stop()
    return { world, older }
  }

  const founders = (world: World) => [2, 3].map((number) => world.machine(number).id)
  const now = (world: World) => [4, 5].map((number) => world.machine(number).id)

  test('starts once those who are members now have made themselves known, and a majority with it confirms', async () => {
    const { world } = await replaced([4, 5])
    world.machine(5).stop()
    const start = world.machine(1).start(founders(world))
    expect(await world.isAdmittedWithin(start, 10_000)).toBe(false)
    start.introduce(now(world))
    expect(await world.isAdmittedWithin(start, 10_000)).toBe(true)
  })

  test('does not start on the word of nobody', async () => {
    const { world } = await replaced([4, 5])
    world.machine(4).stop()
    world.machine(5).stop()
    const start = world.machine(1).start(founders(world))
    start.introduce(now(world))
    expect(await world.isAdmittedWithin(start, 10_000)).toBe(false)
  })

  test('with an older copy of its folder is refused by one who was told, although another confirms it', async () => {
    const { world, older } = await replaced([5])
    world.machine(1).disk = older
    const start = world.machine(1).start(founders(world))
    start.introduce(now(world))
    await expect(world.settle(start.admitted)).rejects.toMatchObject({
      reason: 'IDENTITY_LOST',
      message: expect.stringContaining('which other members were shown: an older copy of its data folder'),
      details: { node: world.machine(1).id, by: world.machine(5).id },
    })
  })

  test('with another folder under its name is refused by one who was told', async () => {
    const { world } = await replaced([5])
    world.machine(1).disk = world.machine(1).emptyDisk()
    await expect(world.settle(world.machine(1).start(now(world)).admitted)).rejects.toMatchObject({
      reason: 'IDENTITY_LOST',
      details: { by: world.machine(5).id },
    })
  })

  test('that never took part is let in by nobody who makes himself known', async () => {
    const { world } = await replaced([])
    world.machine(1).disk = world.machine(1).emptyDisk()
    const start = world.machine(1).start(founders(world))
    expect(start.admission.waits).toBe(false)
    start.introduce(now(world))
    expect(await world.isAdmittedWithin(start, 10_000)).toBe(false)
  })
})

describe('what was heard of a folder', () => {
  const incarnation = 'a1'.repeat(16) as Incarnation
  const marks: StartMark[] = []
  while (marks.length < 5) marks.push(nextStartMark(marks, new Uint8Array(START_MARK_RANDOM_BYTES).fill(1)))
  const mark = (number: number) => marks[number - 1] as StartMark
  const told = (number: number, of = incarnation) => ({
    id: toNodeId('node-1'),
    incarnation: of,
    startMark: mark(number),
  })

  test('tells an older copy, and never that we are one: of it the folder knows nothing, and may have dropped it', () => {
    const known = afterTold(undefined, told(3))
    const judge = (startMarks: readonly StartMark[]) => judgeIdentity(known, { incarnation, startMarks })
    expect(judge(marks)).toBe('same')
    expect(judge(marks.slice(3))).toBe('same')
    expect(judge(marks.slice(0, 2))).toBe('older')
    expect(judge([mark(1), mark(2), nextStartMark(marks.slice(0, 2), new Uint8Array(12).fill(2))])).toBe(
      'older',
    )
    expect(judgeIdentity(known, { incarnation: 'b2'.repeat(16) as Incarnation, startMarks: marks })).toBe(
      'another',
    )
  })

  test('counts beside what was shown, and where it is newer', () => {
    const shown = { incarnation, startMark: mark(2) }
    expect(afterTold(shown, told(2))).toBe(shown)
    expect(afterTold(shown, told(4, 'b2'.repeat(16) as Incarnation))).toBe(shown)
    const known = afterTold(shown, told(4))
    const judge = (startMarks: readonly StartMark[]) => judgeIdentity(known, { incarnation, startMarks })
    expect(judge(marks)).toBe('same')
    expect(judge(marks.slice(0, 3))).toBe('older')
    expect(judge(marks.slice(2))).toBe('we-are-older')
    expect(afterTold(known, told(3))).toBe(known)
  })
})

describe('a registration', () => {
  test.each([
    ['nothing', new Uint8Array()],
    ['random bytes', new SeededRandom(3).bytes(40)],
    ['no marks', new Uint8Array(17)],
    ['more than the list says', new Uint8Array(18).fill(1)],
  ])('with %s in it is answered INVALID_ARGUMENT', async (_what, header) => {
    const world = new World()
    world.machine(1).start()
    const caller = world.network.endpoint(toNodeId('node-2'))
    caller.setPeers([{ id: world.machine(1).id, address: 'node-1:1' }])
    const call = caller.call(world.machine(1).id, 'identity.register', { header }, { deadlineMs: 1_000 })
    await expect(world.settle(call)).rejects.toMatchObject({
      reason: 'INVALID_ARGUMENT',
      message: expect.stringContaining('identity.register'),
    })
  })
})
