import { describe, expect, test } from 'vitest'
import { runUntil } from '../../test/sim/run-until.js'
import { SeededRandom } from '../../test/sim/seeded-random.js'
import { SimClock } from '../../test/sim/sim-clock.js'
import { SimNetwork } from '../../test/sim/sim-network.js'
import type { Incarnation, NodeId } from '../model/node-id.js'
import {
  afterTold,
  type FolderTestimony,
  type KnownIdentity,
  newestMark,
  nextStartMark,
  START_MARK_RANDOM_BYTES,
  type StartMark,
} from '../model/start-mark.js'
import { FolderTestimonies } from './folder-testimony.js'
import type { IdentityFolder } from './incarnation-registry.js'

const id = (n: number) => `node-${n}` as NodeId
const ids = (...numbers: number[]) => numbers.map(id)

/** The folder of one member, as far as it testifies. */
class Folder {
  readonly incarnation: Incarnation
  readonly startMarks: StartMark[] = []
  readonly peers = new Map<NodeId, KnownIdentity>()

  constructor(private readonly number: number) {
    this.incarnation = number.toString(16).padStart(32, '0') as Incarnation
    this.draw()
  }

  draw(): StartMark {
    this.startMarks.push(
      nextStartMark(this.startMarks, new Uint8Array(START_MARK_RANDOM_BYTES).fill(this.number)),
    )
    return this.startMarks.at(-1) as StartMark
  }

  knownPeer(peer: NodeId): KnownIdentity | undefined {
    return this.peers.get(peer)
  }

  async hearOfPeers(told: readonly FolderTestimony[]): Promise<void> {
    for (const each of told) this.peers.set(each.id, afterTold(this.peers.get(each.id), each))
  }
}

class World {
  readonly clock = new SimClock()
  readonly network = new SimNetwork({ clock: this.clock, random: new SeededRandom(3) })
  readonly folders = new Map<NodeId, Folder>()
  readonly #testimonies = new Map<NodeId, FolderTestimonies>()

  constructor(count: number) {
    for (let n = 1; n <= count; n++) {
      const folder = new Folder(n)
      const transport = this.network.endpoint(id(n))
      transport.setPeers(
        Array.from({ length: count }, (_, i) => ({ id: id(i + 1), address: `host-${i + 1}:7501` })),
      )
      const testimonies = new FolderTestimonies(id(n), folder as unknown as IdentityFolder, transport)
      testimonies.serve()
      this.folders.set(id(n), folder)
      this.#testimonies.set(id(n), testimonies)
    }
  }

  folder(n: number): Folder {
    return this.folders.get(id(n)) as Folder
  }

  /** One member has been shown the newest mark of another. */
  shown(to: number, of: number): void {
    const { incarnation, startMarks } = this.folder(of)
    this.folder(to).peers.set(id(of), { incarnation, startMark: startMarks.at(-1) })
  }

  /** The newest mark of one that another knows of. */
  knows(who: number, of: number): StartMark | undefined {
    const known = this.folder(who).knownPeer(id(of))
    return known && newestMark(known)
  }

  handOn(
    leader: number,
    before: NodeId[],
    next: NodeId[],
    promoted: NodeId[] = [],
  ): Promise<string | undefined> {
    const testimonies = this.#testimonies.get(id(leader)) as FolderTestimonies
    return runUntil(this.clock, testimonies.handOn(before, next, promoted))
  }
}

describe('before the voters change', () => {
  test('whoever will vote is told the newest that any of the voters knows of each, and the leader of itself', async () => {
    const world = new World(4)
    world.shown(2, 1)
    const newest = world.folder(1).draw()
    world.shown(3, 1)
    world.network.crash(id(1))
    expect(await world.handOn(2, ids(1, 2, 3), ids(1, 2, 4), ids(4))).toBe(undefined)
    expect([2, 4].map((n) => world.knows(n, 1))).toEqual([newest, newest])
    expect(world.knows(4, 2)).toBe(world.folder(2).startMarks.at(-1))
    // What it was shown is kept beside what it heard.
    expect(world.folder(2).knownPeer(id(1))?.startMark).toBe(world.folder(1).startMarks[0])
    expect(world.folder(2).knownPeer(id(2))).toBe(undefined)
  })

  test('a majority of those that vote has to tell', async () => {
    const world = new World(6)
    for (const n of [1, 2, 3]) world.network.crash(id(n))
    expect(await world.handOn(4, ids(1, 2, 3, 4, 5), ids(4, 5, 6), ids(6))).toBe(
      'too few of the voters tell whose folders they know: node-1, node-2, node-3 give no answer',
    )
    expect(world.folder(6).peers.size).toBe(0)
  })

  test('a majority of those that will vote has to be told', async () => {
    const world = new World(4)
    for (const n of [3, 4]) world.network.crash(id(n))
    expect(await world.handOn(1, ids(1, 2, 3), ids(1, 3, 4))).toContain('node-3, node-4 give no answer')
    expect(await world.handOn(1, ids(1, 2, 3), ids(1, 2, 3, 4))).toContain('node-3, node-4 give no answer')
    expect(await world.handOn(1, ids(1, 2, 3), ids(1, 2))).toBe(undefined)
  })

  test('all of those that do not vote yet have to be told', async () => {
    const world = new World(4)
    world.network.crash(id(4))
    expect(await world.handOn(1, ids(1, 2, 3), ids(1, 2, 3, 4), ids(4))).toContain('node-4 gives no answer')
  })
})

test('what does not decode is answered INVALID_ARGUMENT', async () => {
  const world = new World(2)
  const caller = world.network.endpoint(id(3))
  caller.setPeers([{ id: id(1), address: 'host-1:7501' }])
  const call = caller.call(id(1), 'identity.testify', { header: new Uint8Array([9]) }, { deadlineMs: 1_000 })
  await expect(runUntil(world.clock, call)).rejects.toMatchObject({ reason: 'INVALID_ARGUMENT' })
})
