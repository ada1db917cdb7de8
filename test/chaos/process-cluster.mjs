// Three real node processes on free ports and folders of their own, for tests that kill them.
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { FaultControl } from './fault-control.mjs'
import { freePorts, leaderOf, untilReady } from './node-facts.mjs'
import { PeerProxy } from './peer-proxy.mjs'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
/** As `make cluster` starts them. */
const NODE_ENVIRONMENT = { MALLOC_ARENA_MAX: '2' }

export class ProcessCluster {
  /**
   * @param options `settings` are GGEN_MARKET_… variables; `library` is the fault library, without which disks and clocks are the
   * machine's; `proxied` puts a proxy before each peer port; `volumes`, a disk for each node, instead of a temporary folder
   */
  static async make(count = 3, { settings = {}, library, proxied = false, volumes } = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'ggen-market-'))
    const ports = await freePorts(count * 4)
    const nodes = Array.from({ length: count }, (_, i) => {
      const id = `node-${i + 1}`
      const [client, peer, http, proxy] = [0, 1, 2, 3].map((kind) => `127.0.0.1:${ports[i * 4 + kind]}`)
      const volume = volumes?.[i]
      const home = join(folder, id)
      mkdirSync(home)
      return {
        id,
        client,
        peer,
        http,
        proxyAddress: proxied ? proxy : undefined,
        folder: home,
        log: join(home, 'log'),
        data: join(volume?.data ?? home, 'data'),
        volume,
        control: library && new FaultControl(join(home, 'faults')),
        child: undefined,
      }
    })
    return new ProcessCluster(folder, nodes, { settings, library })
  }

  constructor(folder, nodes, { settings, library }) {
    this.folder = folder
    this.nodes = nodes
    this.settings = settings
    this.library = library
    // Whatever ends this test, no node outlives it.
    process.once('exit', () => {
      for (const node of this.nodes) node.child?.kill('SIGKILL')
    })
  }

  get endpoints() {
    return this.nodes.map((node) => node.client)
  }

  dataFolder(node) {
    return node.data
  }

  /** One more node, with an empty folder, that asks those there to be let in; not launched yet. */
  async another() {
    const id = `node-${this.nodes.length + 1}`
    const [client, peer, http] = (await freePorts(3)).map((port) => `127.0.0.1:${port}`)
    const folder = join(this.folder, id)
    mkdirSync(folder)
    const data = join(folder, 'data')
    const node = { id, client, peer, http, folder, log: join(folder, 'log'), data, join: this.endpoints }
    this.nodes.push(node)
    return node
  }

  launch(node) {
    if (node.child !== undefined) return
    const log = openSync(node.log, 'a')
    const founders = this.nodes.filter((member) => member.join === undefined)
    const members =
      node.join === undefined
        ? founders.flatMap((member) => [
            '--member',
            `${member.id}=${member.proxyAddress ?? member.peer},${member.client}`,
          ])
        : ['--join', node.join.join(',')]
    const listen = ['--listen', node.client, '--peer-listen', node.peer, '--http-listen', node.http]
    const identity = ['--node-id', node.id, '--data', node.data, '--cluster-token', 'process cluster']
    const faults = this.library && { LD_PRELOAD: this.library, NODE_FAULTS: node.control.path }
    const child = spawn(
      process.execPath,
      [join(root, 'dist/cli/main.js'), 'serve', ...identity, ...listen, ...members],
      {
        stdio: ['ignore', log, log],
        env: { ...NODE_ENVIRONMENT, ...process.env, ...this.settings, ...faults },
      },
    )
    closeSync(log)
    node.child = child
    node.exited = new Promise((resolve) => child.once('exit', resolve))
  }

  async start() {
    for (const node of this.nodes) {
      if (node.proxyAddress !== undefined) node.proxy ??= await PeerProxy.listen(node.proxyAddress, node.peer)
      this.launch(node)
    }
    await Promise.all(this.nodes.map((node) => this.ready(node)))
  }

  /** Resolves with the exit code, null where the signal itself ended it. */
  async kill(node, signal = 'SIGKILL') {
    const { child, exited } = node
    if (child === undefined) return undefined
    child.kill(signal)
    await exited
    node.child = undefined
    return child.exitCode
  }

  /** SIGTERM; returns when it has ended. */
  async stop(node) {
    const { child } = node
    await this.kill(node, 'SIGTERM')
    if (child !== undefined && child.exitCode !== 0)
      throw new Error(`${node.id} ended with ${child.exitCode ?? child.signalCode} on SIGTERM`)
  }

  pause(node) {
    node.child?.kill('SIGSTOP')
  }

  resume(node) {
    node.child?.kill('SIGCONT')
  }

  isRunning(node) {
    return node.child !== undefined && node.child.exitCode === null && node.child.signalCode === null
  }

  ready(node) {
    return untilReady(node, { gone: () => !this.isRunning(node), words: () => this.words(node) })
  }

  /** The last lines of its log. */
  words(node, lines = 15) {
    return readFileSync(node.log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
  }

  leader() {
    return leaderOf(this.nodes)
  }

  /** Breaks all connections that the others hold to this node, and refuses new ones. */
  cutSockets(node) {
    node.proxy.cut()
  }

  healNetwork(node) {
    node.proxy?.heal()
  }

  /** The disks forget what was not synced, the nodes run on them for aliveMs and die. */
  async cutPower(nodes, { flush, aliveMs = 0 }) {
    for (const { volume } of nodes) volume.cutPower({ flush })
    await pause(aliveMs)
    await Promise.all(nodes.map((node) => this.kill(node)))
    for (const { volume } of nodes) {
      volume.unmount()
      volume.mount()
    }
  }

  /** Ends every fault; nodes that do not run are left so. */
  heal() {
    for (const node of this.nodes) {
      node.control?.heal()
      this.resume(node)
      this.healNetwork(node)
      if (!this.isRunning(node)) node.child = undefined
    }
  }

  async close() {
    await Promise.all(this.nodes.map((node) => this.kill(node)))
    for (const node of this.nodes) {
      await node.proxy?.close()
      node.control?.close()
    }
    rmSync(this.folder, { recursive: true, force: true })
  }
}
