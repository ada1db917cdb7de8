// What can happen to a cluster, each from one seed's luck: it begins, lasts, and is over when its promise resolves (whatever
// is left broken then, `recover` in nemesis.mjs mends). `kind` says what two faults at once may not share: the life of processes.
import { setTimeout as pause } from 'node:timers/promises'
import { MarketplaceBuilder } from '../../dist/marketplace-builder.js'

const HASTY = { connectMs: 500, attemptMs: 2_000, readTotalMs: 2_000, writeTotalMs: 2_000 }

function expectRefusal(error) {
  if (error.name !== 'MarketplaceError') throw error
}

const seconds = (random, from, to) => pause((from + random.below(1_000 * (to - from)) / 1_000) * 1_000)
const others = (cluster, node) => cluster.nodes.filter((one) => one !== node)
const anyNode = async (cluster, random) => random.pick(cluster.nodes)
const theLeader = (cluster) => cluster.leader()
const all = (cluster, step) => Promise.all(cluster.nodes.map(step))

async function killAndLaunch(cluster, random, nodes) {
  await Promise.all(nodes.map((node) => cluster.kill(node)))
  await seconds(random, 0, 2)
  // In another order a container comes back with another one's address.
  for (const node of random.chance(500) ? [...nodes].reverse() : nodes) await cluster.launch(node)
}

async function paused(cluster, random, nodes) {
  await Promise.all(nodes.map((node) => cluster.pause(node)))
  await seconds(random, 1, 6)
  await Promise.all(nodes.map((node) => cluster.resume(node)))
}

async function fillDisk(random, node) {
  // What others free meanwhile is taken too.
  for (let times = 8 + random.below(10); times > 0; times--) {
    node.volume.fill()
    await pause(500)
  }
  node.volume.free()
}

async function cutPower(cluster, random, nodes) {
  await cluster.cutPower(nodes, { flush: random.chance(300), aliveMs: random.below(300) })
  for (const node of nodes) await cluster.launch(node)
}

async function cut(cluster, random, node, which) {
  await cluster.cut(node, which)
  await seconds(random, 2, 8)
  await cluster.healNetwork(node)
}

async function cutSockets(cluster, random, node) {
  cluster.cutSockets(node)
  await seconds(random, 0, 5)
  cluster.healNetwork(node)
}

async function slowDisks(random, nodes) {
  for (const node of nodes) node.control.syncDelayMs(20 + random.below(400))
  await seconds(random, 3, 8)
  for (const node of nodes) node.control.syncDelayMs(0)
}

async function failSyncs(random, node) {
  node.control.failSyncs(1 + random.below(3))
  await seconds(random, 2, 5)
  node.control.failSyncs(0)
}

async function stepClock(random, node, byMs) {
  node.control.clockOffsetMs(byMs)
  await seconds(random, 3, 8)
  node.control.clockOffsetMs(0)
}

/** `kind` is also what the cluster must be able to do: `control` is the fault library's, `sockets` that of proxies. */
export const FAULTS = [
  {
    name: 'leadership handed on, again and again',
    kind: 'call',
    run: async (c, r) => {
      const client = new MarketplaceBuilder().withCluster(c.endpoints).withTimes(HASTY).build()
      for (let times = 4 + r.below(6); times > 0; times--) {
        // Refused while it cannot be done; what counts is what it does to the others' calls.
        await client.transferLeadership(r.pick(c.nodes).id).catch(expectRefusal)
        await pause(r.below(500))
      }
      await client.close()
    },
  },
  {
    name: 'kill -9 of one node',
    kind: 'process',
    run: async (c, r) => killAndLaunch(c, r, [await anyNode(c, r)]),
  },
  {
    name: 'kill -9 of the leader',
    kind: 'process',
    run: async (c, r) => killAndLaunch(c, r, [await theLeader(c)]),
  },
  {
    name: 'kill -9 of the leader, again and again',
    kind: 'process',
    run: async (c, r) => {
      for (let times = 3 + r.below(3); times > 0; times--) {
        const leader = await theLeader(c)
        await c.kill(leader)
        await pause(r.below(300))
        await c.launch(leader)
      }
    },
  },
  {
    name: 'kill -9 of a majority',
    kind: 'process',
    run: async (c, r) => killAndLaunch(c, r, others(c, await anyNode(c, r))),
  },
  { name: 'kill -9 of all nodes', kind: 'process', run: (c, r) => killAndLaunch(c, r, c.nodes) },
  {
    name: 'SIGSTOP of the leader',
    kind: 'process',
    run: async (c, r) => paused(c, r, [await theLeader(c)]),
  },
  { name: 'SIGSTOP of one node', kind: 'process', run: async (c, r) => paused(c, r, [await anyNode(c, r)]) },
  { name: 'SIGSTOP of all nodes', kind: 'process', run: (c, r) => paused(c, r, c.nodes) },
  {
    name: 'a rolling restart',
    kind: 'process',
    run: async (c) => {
      for (const node of c.nodes) {
        await c.stop(node)
        await c.launch(node)
        await c.ready(node)
      }
    },
  },
  {
    name: 'fsync errors on the leader',
    kind: 'control',
    run: async (c, r) => failSyncs(r, await theLeader(c)),
  },
  {
    name: 'fsync errors on one node',
    kind: 'control',
    run: async (c, r) => failSyncs(r, await anyNode(c, r)),
  },
  {
    name: 'a slow disk on the leader',
    kind: 'control',
    run: async (c, r) => slowDisks(r, [await theLeader(c)]),
  },
  { name: 'slow disks everywhere', kind: 'control', run: (c, r) => slowDisks(r, c.nodes) },
  {
    name: "the leader's clock a minute and a half back",
    kind: 'control',
    run: async (c, r) => stepClock(r, await theLeader(c), -90_000),
  },
  {
    name: "the leader's clock an hour forward",
    kind: 'control',
    run: async (c, r) => stepClock(r, await theLeader(c), 3_600_000),
  },
  {
    name: 'all clocks somewhere within a minute of the truth',
    kind: 'control',
    run: async (c, r) => {
      await all(c, (node) => stepClock(r, node, r.below(60_000) - 30_000))
    },
  },
  {
    name: 'the sockets to the leader cut',
    kind: 'sockets',
    run: async (c, r) => cutSockets(c, r, await theLeader(c)),
  },
  {
    name: 'the sockets to one node cut',
    kind: 'sockets',
    run: async (c, r) => cutSockets(c, r, await anyNode(c, r)),
  },
  {
    name: 'the leader cut from the others',
    kind: 'network',
    run: async (c, r) => {
      const leader = await theLeader(c)
      await cut(c, r, leader, { from: others(c, leader), to: others(c, leader) })
    },
  },
  {
    name: 'one node cut from the others',
    kind: 'network',
    run: async (c, r) => {
      const node = await anyNode(c, r)
      await cut(c, r, node, { from: others(c, node), to: others(c, node) })
    },
  },
  {
    name: 'the leader hears nobody',
    kind: 'network',
    run: async (c, r) => {
      const leader = await theLeader(c)
      await cut(c, r, leader, { from: others(c, leader) })
    },
  },
  {
    name: 'nobody hears the leader',
    kind: 'network',
    run: async (c, r) => {
      const leader = await theLeader(c)
      await cut(c, r, leader, { to: others(c, leader) })
    },
  },
  {
    name: 'the leader and one other node cut from each other',
    kind: 'network',
    run: async (c, r) => {
      const leader = await theLeader(c)
      const peer = [r.pick(others(c, leader))]
      await cut(c, r, leader, { from: peer, to: peer })
    },
  },
  {
    name: 'every node cut from every other',
    kind: 'network',
    run: async (c, r) => {
      await all(c, (node) => c.cut(node, { from: others(c, node) }))
      await seconds(r, 1, 5)
      await all(c, (node) => c.healNetwork(node))
    },
  },
  {
    name: 'the leader cut from everybody, clients too',
    kind: 'network',
    run: async (c, r) => {
      const leader = await theLeader(c)
      await c.cutFromAll(leader)
      await seconds(r, 2, 8)
      await c.healNetwork(leader)
    },
  },
  {
    name: 'a fifth of all packets lost',
    kind: 'network',
    run: async (c, r) => {
      await all(c, (node) => c.lose(node, 0.2))
      await seconds(r, 3, 8)
      await all(c, (node) => c.healNetwork(node))
    },
  },
  { name: 'a full disk on the leader', kind: 'disk', run: async (c, r) => fillDisk(r, await theLeader(c)) },
  { name: 'a full disk on one node', kind: 'disk', run: async (c, r) => fillDisk(r, await anyNode(c, r)) },
  {
    name: 'full disks everywhere',
    kind: 'disk',
    run: async (c, r) => {
      await all(c, (node) => fillDisk(r, node))
    },
  },
  {
    name: 'a power cut of the leader',
    kind: 'disk',
    run: async (c, r) => cutPower(c, r, [await theLeader(c)]),
  },
  { name: 'a power cut of all nodes', kind: 'disk', run: (c, r) => cutPower(c, r, c.nodes) },
]

/** Faults of which only one may be under way: each begins or ends processes. */
export function takesProcesses(fault) {
  return fault.kind === 'process' || fault.kind === 'disk'
}
