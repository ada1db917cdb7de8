import { describe, expect, test } from 'vitest'
import { runUntil } from '../../test/sim/run-until.js'
import { SeededRandom } from '../../test/sim/seeded-random.js'
import { SimClock } from '../../test/sim/sim-clock.js'
import { SimNetwork } from '../../test/sim/sim-network.js'
import { type Incarnation, type NodeId, toNodeId } from '../model/node-id.js'
import { silentLogger } from '../runtime/logger.js'
import { type IdentityFolder, IncarnationRegistry } from './incarnation-registry.js'

const ids = ['node-1', 'node-2', 'node-3'].map((id) => toNodeId(id))
const [first, second, third] = ids as [NodeId, NodeId, NodeId]

class MemoryFolder implements IdentityFolder {
  admitted = false
  readonly peers = new Map<NodeId, Incarnation>()

  constructor(readonly incarnation: Incarnation) {}

  async markAdmitted(): Promise<void> {
    this.admitted = true
  }

  peerIncarnation(peer: NodeId): Incarnation | undefined {
    return this.peers.get(peer)
  }

  async rememberPeer(peer: NodeId, incarnation: Incarnation): Promise<void> {
    if (!this.peers.has(peer)) this.peers.set(peer, incarnation)
  }
}

function incarnation(digit: string): Incarnation {
  return digit.repeat(32) as Incarnation
}

function member(network: SimNetwork, clock: SimClock, id: NodeId, folder: MemoryFolder) {
  const transport = network.endpoint(id)
  transport.setPeers(ids.map((peer) => ({ id: peer, address: `${peer}:1` })))
  const registry = new IncarnationRegistry(id, folder, transport, clock.forNode(), silentLogger)
  registry.serve()
  const others = ids.filter((peer) => peer !== id)
  return { registry, admit: () => registry.admit(others, () => false) }
}

function world() {
  const clock = new SimClock()
  return { clock, network: new SimNetwork({ clock, random: new SeededRandom(1) }) }
}

describe('admission of fresh folders', () => {
  test('three fresh members admit one another', async () => {
    const { clock, network } = world()
    const folders = ['1', '2', '3'].map((digit) => new MemoryFolder(incarnation(digit)))
    const members = ids.map((id, i) => member(network, clock, id, folders[i] as MemoryFolder))
    await runUntil(clock, Promise.all(members.map((each) => each.admit())))
    expect(folders.every((folder) => folder.admitted)).toBe(true)
  })

  test('with one of three members missing nobody is admitted: two groups might not meet', async () => {
    const { clock, network } = world()
    const folder = new MemoryFolder(incarnation('1'))
    const one = member(network, clock, first, folder)
    member(network, clock, second, new MemoryFolder(incarnation('2')))
    let ended = false
    void one.admit().finally(() => {
      ended = true
    })
    clock.schedule(10_000, () => {})
    while (clock.now < 10_000 && clock.runNext()) await new Promise((resolve) => setImmediate(resolve))
    expect([ended, folder.admitted]).toEqual([false, false])
  })

  test('an emptied folder under a known name is refused for ever, by each who remembers', async () => {
    const { clock, network } = world()
    const folders = ['1', '2', '3'].map((digit) => new MemoryFolder(incarnation(digit)))
    const members = ids.map((id, i) => member(network, clock, id, folders[i] as MemoryFolder))
    await runUntil(clock, Promise.all(members.map((each) => each.admit())))
    network.crash(third)
    const emptied = member(network, clock, third, new MemoryFolder(incarnation('4')))
    await expect(runUntil(clock, emptied.admit())).rejects.toMatchObject({
      reason: 'IDENTITY_LOST',
      message: expect.stringContaining(incarnation('4')),
    })
    expect(folders[0]?.peers.get(third)).toBe(incarnation('3'))
  })

  test('an admitted folder asks nobody', async () => {
    const { clock, network } = world()
    const folder = new MemoryFolder(incarnation('1'))
    folder.admitted = true
    await member(network, clock, first, folder).admit()
    expect(network.calls).toBe(0)
  })

  test('a member alone admits itself', async () => {
    const { clock, network } = world()
    const folder = new MemoryFolder(incarnation('1'))
    const transport = network.endpoint(first)
    await new IncarnationRegistry(first, folder, transport, clock.forNode(), silentLogger).admit(
      [],
      () => false,
    )
    expect(folder.admitted).toBe(true)
  })
})
