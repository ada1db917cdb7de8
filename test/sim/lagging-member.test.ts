import { describe, expect, test } from 'vitest'
import { defined } from '../../src/model/assert.js'
import type { RequestId } from '../../src/model/command.js'
import { type NodeId, toNodeId } from '../../src/model/node-id.js'
import { membersOf } from '../../src/node/member-list.js'
import type { MembershipRequest } from '../../src/node/membership-request.js'
import type { KnownCluster } from '../../src/node/open-node.js'
import { runFor, runUntilSo } from './run-until.js'
import { SeededRandom } from './seeded-random.js'
import { SimClock } from './sim-clock.js'
import { SimNetwork } from './sim-network.js'
import { type MachineCopy, SimNode } from './sim-node.js'

/** Long enough for elections, snapshots and restarts. */
const PATIENCE_MS = 20_000
const [one, two, three, four, five] = [1, 2, 3, 4, 5].map((i) => toNodeId(`node-${i}`)) as [
  NodeId,
  NodeId,
  NodeId,
  NodeId,
  NodeId,
]

/** Machines on a calm network. */
class Cluster {
  readonly clock = new SimClock()
  readonly network: SimNetwork
  readonly nodes = new Map<NodeId, SimNode>()
  readonly #random = new SeededRandom(1)
  readonly #founders = [one, two, three].map((id) => ({ id, address: `${id}:7500` }))
  #requests = 0

  constructor() {
    this.network = new SimNetwork({ clock: this.clock, random: this.#random.fork('network') })
    for (const { id } of this.#founders) this.start(id)
  }

  start(id: NodeId): void {
    const isFounder = this.#founders.some((founder) => founder.id === id)
    const node =
      this.nodes.get(id) ??
      new SimNode({
        id,
        seed: { clusterToken: 'lagging', members: this.#founders },
        ...(!isFounder && { join: async () => this.#known() }),
        clock: this.clock,
        network: this.network,
        random: this.#random.fork(id),
        syncMsMax: 2,
        tailEntries: 100,
        skewMs: 0,
        driftPpm: 0,
        trace: () => {},
        traceDetail: () => {},
      })
    this.nodes.set(id, node)
    node.boot()
  }

  /** Who joins next first asks a node that is not let in itself. */
  namesNobody = false

  stop(id: NodeId): void {
    this.nodes.get(id)?.crash('kill')
  }

  applied(id: NodeId): number {
    return this.nodes.get(id)?.node?.status().appliedIndex ?? 0
  }

  /** Of the latest term: one that was cut off may not know yet that it leads no more. */
  get leader(): SimNode | undefined {
    const leaders = [...this.nodes.values()].filter(({ node }) => node?.status().role === 'leader')
    const term = (machine: SimNode) => machine.node?.status().term ?? 0
    return leaders.sort((a, b) => term(b) - term(a))[0]
  }

  until(condition: () => boolean, what: string): Promise<void> {
    return runUntilSo(this.clock, condition, what, PATIENCE_MS)
  }

  /** Asks whoever leads until it is so, as an operator does. */
  async change(request: MembershipRequest): Promise<void> {
    let done = false
    let asking = false
    await this.until(
      () => {
        const membership = this.leader?.membership
        if (asking || done || membership === undefined) return done
        asking = true
        membership
          .change(request, 2_000)
          .then(
            () => {
              done = true
            },
            () => {},
          )
          .finally(() => {
            asking = false
          })
        return false
      },
      `the members are changed: ${JSON.stringify(request)}`,
    )
  }

  add(id: NodeId): Promise<void> {
    return this.change({
      type: 'add',
      member: { id, address: `${id}:7500` },
      move: false,
      unseen: true,
    })
  }

  async lead(id: NodeId): Promise<void> {
    await this.until(() => {
      if (this.leader?.id === id) return true
      this.leader?.node?.transferLeadership(id)
      return false
    }, `${id} leads`)
  }

  async write(): Promise<number> {
    const requestId = (++this.#requests).toString(16).padStart(32, '0') as RequestId
    let index = 0
    await this.until(() => {
      this.leader?.node?.propose({ type: 'tick', requestId }, { deadlineMs: 500 }).then(
        (applied) => {
          index = applied.index
        },
        () => {},
      )
      return index > 0
    }, 'a write is applied')
    return index
  }

  end(): void {
    for (const node of this.nodes.values()) node.crash('kill')
  }

  #known(): KnownCluster {
    const node = defined(this.leader?.node, 'a leader to ask')
    const { configuration } = node.status().raft
    const members = this.namesNobody ? [] : membersOf(configuration)
    this.namesNobody = false
    return { clusterId: node.clusterId, historyId: node.historyId, members }
  }
}

/** All but node-3 of the first members are replaced and switched off, while node-3 hears nothing. */
async function replaceAllButThree(cluster: Cluster): Promise<void> {
  for (const id of [four, five]) {
    await cluster.add(id)
    cluster.start(id)
    await cluster.until(() => cluster.applied(id) > 0, `${id} holds something`)
    await cluster.change({ type: 'promote', id, replacing: undefined })
  }
  for (const id of [one, two]) {
    await cluster.change({ type: 'remove', id })
    cluster.stop(id)
  }
}

test('a running member that heard nothing while everybody else was replaced answers a leader it has never heard of', async () => {
  const cluster = new Cluster()
  await cluster.lead(one)
  // The newcomers are connected to it all the while, and so have no reason to begin with it anew.
  cluster.network.partition([three], [one, two])
  await replaceAllButThree(cluster)
  const index = await cluster.write()
  await cluster.until(() => cluster.applied(three) >= index, 'node-3 has caught up')
  cluster.end()
})

test('a newcomer that asked a node which knows no members itself asks on, and is let in', async () => {
  const cluster = new Cluster()
  await cluster.lead(one)
  await cluster.add(four)
  cluster.namesNobody = true
  cluster.start(four)
  await cluster.until(() => cluster.applied(four) > 0, 'node-4 holds something')
  expect(cluster.namesNobody).toBe(false)
  cluster.end()
})

describe('a member that was off while everybody else was replaced and switched off', () => {
  /** Node 3 has been started twice; what is given back is a copy of it from between. */
  async function lagging(): Promise<{ cluster: Cluster; machine: SimNode; older: MachineCopy }> {
    const cluster = new Cluster()
    const machine = defined(cluster.nodes.get(three), 'node-3')
    await cluster.lead(one)
    const before = await cluster.write()
    await cluster.until(() => cluster.applied(three) >= before, 'node-3 has taken part')
    cluster.stop(three)
    const older = { disk: machine.disk.copy(), states: machine.states.copy(), startMarks: [] }
    cluster.start(three)
    const index = await cluster.write()
    await cluster.until(() => cluster.applied(three) >= index, 'node-3 has taken part again')
    cluster.stop(three)
    await replaceAllButThree(cluster)
    return { cluster, machine, older }
  }

  test('is let in with its folder by those who are members now', async () => {
    const { cluster } = await lagging()
    cluster.start(three)
    const index = await cluster.write()
    await cluster.until(() => cluster.applied(three) >= index, 'node-3 has caught up')
    cluster.end()
  })

  test('is what they need for a majority, when one of them fails, and they have one again', async () => {
    const { cluster } = await lagging()
    cluster.stop(four)
    cluster.start(three)
    const index = await cluster.write()
    await cluster.until(() => cluster.applied(three) >= index, 'node-3 has caught up')
    cluster.end()
  })

  test('is let in by those who are started after it', async () => {
    const { cluster } = await lagging()
    cluster.stop(four)
    cluster.stop(five)
    cluster.start(three)
    await runFor(cluster.clock, 2_000)
    // For a majority they need it.
    cluster.start(four)
    await runFor(cluster.clock, 2_000)
    cluster.start(five)
    cluster.stop(four)
    cluster.start(four)
    const index = await cluster.write()
    await cluster.until(() => cluster.applied(three) >= index, 'node-3 has caught up')
    cluster.end()
  })

  test('is not let in with an older copy of its folder, which none of them has ever met', async () => {
    const { cluster, machine, older } = await lagging()
    machine.putBack(older)
    cluster.start(three)
    await runFor(cluster.clock, PATIENCE_MS)
    expect([machine.isUp, machine.node]).toEqual([true, undefined])
    // Nor where they need it.
    cluster.stop(four)
    await runFor(cluster.clock, PATIENCE_MS)
    expect([machine.isUp, machine.node, cluster.nodes.get(five)?.node?.status().leader]).toEqual([
      true,
      undefined,
      undefined,
    ])
    cluster.end()
  })
})
