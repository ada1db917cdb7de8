import { afterEach, expect, test } from 'vitest'
import { CLUSTER_VERSION } from '../../src/model/command.js'
import { MarketplaceError } from '../../src/model/error.js'
import { toNodeId } from '../../src/model/node-id.js'
import { quota } from '../state/history.js'
import { runFor, runUntil, runUntilSo } from './run-until.js'
import { SeededRandom } from './seeded-random.js'
import { SimClock } from './sim-clock.js'
import { SimNetwork } from './sim-network.js'
import { SimNode } from './sim-node.js'

/** Long enough for elections and restarts. */
const PATIENCE_MS = 20_000

/** Three machines on a calm network, of which some run an older build. */
class Cluster {
  readonly clock = new SimClock()
  readonly #network: SimNetwork
  readonly nodes: readonly SimNode[]
  #requests = 0

  constructor(versions: readonly number[]) {
    const random = new SeededRandom(1)
    this.#network = new SimNetwork({ clock: this.clock, random: random.fork('network') })
    const members = versions.map((_, at) => ({
      id: toNodeId(`node-${at + 1}`),
      address: `node-${at + 1}:7500`,
    }))
    this.nodes = members.map(({ id }, at) => {
      const node = new SimNode({
        id,
        seed: { clusterToken: 'versions', members },
        clock: this.clock,
        network: this.#network,
        random: random.fork(id),
        syncMsMax: 2,
        tailEntries: 100,
        skewMs: 0,
        driftPpm: 0,
        trace: () => {},
        traceDetail: () => {},
      })
      node.clusterVersionMax = versions[at] as number
      node.boot()
      return node
    })
  }

  get leader(): SimNode | undefined {
    const leaders = this.nodes.filter(({ node }) => node?.status().role === 'leader')
    const term = (machine: SimNode) => machine.node?.status().term ?? 0
    return leaders.sort((a, b) => term(b) - term(a))[0]
  }

  node(number: number): SimNode {
    return this.nodes[number - 1] as SimNode
  }

  applied(number: number): number {
    return this.node(number).node?.status().appliedIndex ?? 0
  }

  until(condition: () => boolean, what: string): Promise<void> {
    return runUntilSo(this.clock, condition, what, PATIENCE_MS)
  }

  /** What a write that not every build knows ends in, through a node; tried again while nobody leads. */
  async newWrite(through: SimNode): Promise<string> {
    for (let tries = 0; tries < 20; tries++) {
      const node = through.node
      if (node === undefined) throw new Error(`${through.id} is not up`)
      const work = node.propose(quota('acme', { versionsMax: ++this.#requests }, this.#requests)).then(
        ({ result }) => result.type,
        (error: unknown) => {
          if (!(error instanceof MarketplaceError)) throw error
          return error.reason === 'MEMBERS_OUTDATED'
            ? `${error.reason} ${error.details.members}`
            : error.reason
        },
      )
      const end = await runUntil(this.clock, work)
      if (end !== 'NOT_PROPOSED' && end !== 'OUTCOME_UNKNOWN') return end
    }
    throw new Error('nobody led')
  }

  stop(): void {
    for (const node of this.nodes) node.crash('kill')
  }
}

let cluster: Cluster

afterEach(() => cluster.stop())

test('newer writes are refused while one member runs an older build, on every node, and taken once it is upgraded', async () => {
  cluster = new Cluster([CLUSTER_VERSION, CLUSTER_VERSION, 0])
  await cluster.until(() => cluster.leader !== undefined && cluster.applied(1) > 0, 'somebody leads')
  await runFor(cluster.clock, 2_000)
  await cluster.until(() => {
    if (cluster.leader === cluster.node(3)) cluster.leader?.node?.transferLeadership(cluster.node(1).id)
    return cluster.leader !== undefined && cluster.leader !== cluster.node(3)
  }, 'a newer build leads')
  for (const node of cluster.nodes.slice(0, 2))
    expect(await cluster.newWrite(node)).toBe('MEMBERS_OUTDATED node-3')
  cluster.node(3).crash('kill')
  cluster.node(3).clusterVersionMax = CLUSTER_VERSION
  cluster.node(3).boot()
  await cluster.until(() => cluster.node(3).node?.status().hasQuorum === true, 'node-3 is back')
  await runFor(cluster.clock, 2_000)
  expect(await cluster.newWrite(cluster.node(1))).toBe('quotaSet')
})

test('once the version is in force it needs nobody: with one member dead and the others started anew, newer writes are taken', async () => {
  cluster = new Cluster([CLUSTER_VERSION, CLUSTER_VERSION, CLUSTER_VERSION])
  await cluster.until(() => cluster.leader !== undefined, 'somebody leads')
  expect(await cluster.newWrite(cluster.node(1))).toBe('quotaSet')
  for (const node of cluster.nodes) node.crash('kill')
  cluster.node(1).boot()
  cluster.node(2).boot()
  await cluster.until(() => cluster.leader !== undefined, 'somebody leads again')
  expect(await cluster.newWrite(cluster.node(2))).toBe('quotaSet')
})

test('a member that comes back with an older build is let in no more, and the others go on', async () => {
  cluster = new Cluster([CLUSTER_VERSION, CLUSTER_VERSION, CLUSTER_VERSION])
  await cluster.until(() => cluster.leader !== undefined, 'somebody leads')
  expect(await cluster.newWrite(cluster.node(1))).toBe('quotaSet')
  await cluster.until(() => cluster.applied(3) === cluster.applied(1), 'node-3 has it')
  cluster.node(3).crash('kill')
  cluster.node(3).clusterVersionMax = 0
  cluster.node(3).boot()
  await cluster.until(() => cluster.leader !== undefined && cluster.leader !== cluster.node(3), 'others lead')
  expect(await cluster.newWrite(cluster.node(1))).toBe('quotaSet')
  const written = cluster.applied(1)
  await runFor(cluster.clock, 5_000)
  expect(cluster.applied(3)).toBeLessThan(written)
})
