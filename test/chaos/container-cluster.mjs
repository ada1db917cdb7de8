// Three nodes in containers on a network of their own, each with a disk of its own, for tests that make everything fail that can:
// process, network, disk and clock.
import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { FaultControl } from './fault-control.mjs'
import { LoopVolume } from './loop-volume.mjs'
import { freePorts, leaderOf, untilReady } from './node-facts.mjs'

// Containers are removed by us; the companion that testcontainers would start for that is an image from a registry.
process.env.TESTCONTAINERS_RYUK_DISABLED = 'true'
process.env.TESTCONTAINERS_HOST_OVERRIDE ??= '127.0.0.1'
const { GenericContainer, Network, Wait, getContainerRuntimeClient } = await import('testcontainers')

const run = promisify(execFile)
/** As the image's Dockerfile has it. */
const NODE_USER = 10_001
const STOP_S = 20

/** Ports are published to this machine only. */
class NodeContainer extends GenericContainer {
  async beforeContainerCreated() {
    for (const bindings of Object.values(this.hostConfig.PortBindings))
      for (const binding of bindings) binding.HostIp = '127.0.0.1'
  }
}

export class ContainerCluster {
  /** @param library the fault library; `settings` are GGEN_MARKET_… variables */
  static async make({ image, library, count = 3, settings = {} }) {
    const folder = mkdtempSync(join(tmpdir(), 'ggen-market-chaos-'))
    const ports = await freePorts(count * 2)
    mkdirSync(join(folder, 'control'))
    const nodes = Array.from({ length: count }, (_, i) => {
      const id = `node-${i + 1}`
      const [client, http] = [ports[i * 2], ports[i * 2 + 1]]
      return {
        id,
        ports: { client, http },
        client: `127.0.0.1:${client}`,
        http: `127.0.0.1:${http}`,
        volume: LoopVolume.make(folder, id, { owner: NODE_USER }),
        control: new FaultControl(join(folder, 'control', id)),
        container: undefined,
        running: false,
      }
    })
    return new ContainerCluster({ folder, nodes, image, library, settings })
  }

  constructor({ folder, nodes, image, library, settings }) {
    this.folder = folder
    this.nodes = nodes
    this.image = image
    this.library = library
    this.settings = settings
    // Whatever ends this test, neither container nor disk outlives it.
    process.once('exit', () => {
      const left = this.nodes.flatMap(({ container }) => container?.id ?? [])
      if (left.length > 0) spawnSync('docker', ['rm', '--force', '--volumes', ...left])
      for (const { volume } of this.nodes) volume.close()
    })
  }

  get endpoints() {
    return this.nodes.map((node) => node.client)
  }

  /** Where its data lies, as this process sees it. */
  dataFolder(node) {
    return join(node.volume.data, 'node')
  }

  async isRunning(node) {
    await this.#look(node)
    return node.running
  }

  /** Makes and starts the containers; all are healthy when this returns. */
  async start() {
    this.runtime = await getContainerRuntimeClient()
    this.network = await new Network().start()
    await Promise.all(this.nodes.map((node) => this.#create(node)))
    await Promise.all(this.nodes.map((node) => this.ready(node)))
  }

  async #create(node) {
    const members = this.nodes.map(({ id }) => `${id}=${id}:7501,${id}:7401`).join(';')
    const started = await new NodeContainer(this.image)
      .withNetwork(this.network)
      .withNetworkAliases(node.id)
      .withExposedPorts(
        { container: 7401, host: node.ports.client },
        { container: 7601, host: node.ports.http },
      )
      .withEnvironment({
        ...this.settings,
        GGEN_MARKET_NODE_ID: node.id,
        GGEN_MARKET_DATA_FOLDER: '/disk/node',
        GGEN_MARKET_CLUSTER_TOKEN: 'a cluster in containers',
        GGEN_MARKET_CLUSTER_MEMBERS: members,
        LD_PRELOAD: '/faults/node-faults.so',
        NODE_FAULTS: '/faults/page',
      })
      .withBindMounts([
        { source: node.volume.data, target: '/disk', mode: 'rw' },
        { source: this.library, target: '/faults/node-faults.so', mode: 'ro' },
        { source: node.control.path, target: '/faults/page', mode: 'rw' },
      ])
      .withWaitStrategy(Wait.forHealthCheck())
      .withStartupTimeout(90_000)
      .start()
    node.container = this.runtime.container.getById(started.getId())
    await this.#look(node)
  }

  async #look(node) {
    const { State, NetworkSettings } = await node.container.inspect()
    node.running = State.Running
    node.pid = State.Pid
    node.address = NetworkSettings.Networks[this.network.getName()]?.IPAddress
  }

  async launch(node) {
    if (node.running) return
    await node.container.start()
    await this.#look(node)
  }

  /** SIGKILL; returns when it is dead. */
  async kill(node) {
    if (!node.running) return
    const dead = node.container.wait()
    await node.container.kill({ signal: 'SIGKILL' })
    await dead
    node.running = false
  }

  /** SIGTERM; returns when it has ended, and throws where it had to be killed. */
  async stop(node) {
    if (!node.running) return
    await node.container.stop({ t: STOP_S })
    node.running = false
    const { State } = await node.container.inspect()
    if (State.ExitCode !== 0) throw new Error(`${node.id} ended with ${State.ExitCode} on SIGTERM`)
  }

  /** SIGSTOP from outside; the engine's own pause fails now and then on a busy machine. */
  pause(node) {
    this.#signal(node, 'SIGSTOP')
  }

  resume(node) {
    this.#signal(node, 'SIGCONT')
  }

  #signal(node, signal) {
    if (!node.running) return
    try {
      process.kill(node.pid, signal)
    } catch (error) {
      if (error.code !== 'ESRCH') throw error
    }
  }

  ready(node) {
    return untilReady(node, {
      gone: async () => !(await this.isRunning(node)),
      words: () => this.words(node),
    })
  }

  /** The last lines of its log. */
  async words(node, lines = 15) {
    const log = await node.container.logs({ stdout: true, stderr: true, tail: lines })
    return unframed(log)
  }

  leader() {
    return leaderOf(this.nodes)
  }

  /** Drops packets: `from` are nodes whose packets do not reach this one, `to` those that its own do not reach. */
  async cut(node, { from = [], to = [] }) {
    for (const peer of from) await this.#table(node, ['-A', 'INPUT', '-s', peer.address, '-j', 'DROP'])
    for (const peer of to) await this.#table(node, ['-A', 'OUTPUT', '-d', peer.address, '-j', 'DROP'])
  }

  /** Nobody at all, clients neither, reaches this node. */
  async cutFromAll(node) {
    await this.#table(node, ['-A', 'INPUT', '!', '-i', 'lo', '-j', 'DROP'])
    await this.#table(node, ['-A', 'OUTPUT', '!', '-o', 'lo', '-j', 'DROP'])
  }

  /** Loses so much of what this node receives. */
  async lose(node, probability) {
    const some = ['-m', 'statistic', '--mode', 'random', '--probability', String(probability)]
    await this.#table(node, ['-A', 'INPUT', '!', '-i', 'lo', ...some, '-j', 'DROP'])
  }

  async healNetwork(node) {
    for (const chain of ['INPUT', 'OUTPUT']) await this.#table(node, ['-F', chain])
  }

  async #table(node, rule) {
    // A container that does not run has no network to change, and starts with an unhurt one.
    if (!node.running) return
    const { pid } = node
    try {
      await run('nsenter', ['-t', String(pid), '-n', 'iptables', '-w', '5', ...rule])
    } catch (error) {
      await untilTrue(async () => {
        await this.#look(node)
        return !node.running || node.pid !== pid
      }).catch(() => {
        throw error
      })
    }
  }

  /** The disks forget what was not synced, the nodes run on them for aliveMs and die. */
  async cutPower(nodes, { flush, aliveMs = 0 }) {
    for (const { volume } of nodes) volume.cutPower({ flush })
    await pause(aliveMs)
    await Promise.all(nodes.map((node) => this.kill(node)))
    for (const node of nodes) {
      node.volume.unmount()
      node.volume.mount()
    }
  }

  /** Ends every fault; nodes that do not run are left so. */
  async heal() {
    for (const node of this.nodes) {
      await this.#look(node)
      node.control.heal()
      node.volume.free()
      await this.resume(node)
      await this.healNetwork(node)
    }
  }

  async close() {
    for (const node of this.nodes) {
      await node.container?.remove({ force: true, v: true })
      node.container = undefined
      node.control.close()
    }
    await this.network?.stop()
    // A container's end is told before the last of its mounts is gone.
    for (const { volume } of this.nodes)
      await untilTrue(() => {
        volume.close()
        return true
      })
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Repeats a condition, or a step that must not throw, for five seconds. */
async function untilTrue(condition) {
  for (let tries = 1; ; tries++) {
    try {
      if (await condition()) return
      throw new Error('it did not come to be')
    } catch (error) {
      if (tries === 50) throw error
      await pause(100)
    }
  }
}

/** Docker sends both outputs in frames: stream, length, bytes. */
function unframed(log) {
  const parts = []
  for (let at = 0; at + 8 <= log.length; ) {
    const end = at + 8 + log.readUInt32BE(at + 4)
    parts.push(log.subarray(at + 8, end))
    at = end
  }
  return Buffer.concat(parts).toString('utf8')
}
