// Three real node processes on free ports and folders of their own, for tests that kill them.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const READY_MS = 60_000
/** As `make cluster` starts them. */
const NODE_ENVIRONMENT = { MALLOC_ARENA_MAX: '2' }

async function freePorts(count) {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise((resolve, reject) => {
          const server = createServer()
          server.once('error', reject)
          server.listen(0, '127.0.0.1', () => resolve(server))
        }),
    ),
  )
  const ports = servers.map((server) => server.address().port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

export class ProcessCluster {
  static async make(count = 3, flags = []) {
    const folder = mkdtempSync(join(tmpdir(), 'ggen-market-'))
    const ports = await freePorts(count * 3)
    const nodes = Array.from({ length: count }, (_, i) => {
      const [client, peer, http] = [0, 1, 2].map((kind) => `127.0.0.1:${ports[i * 3 + kind]}`)
      return {
        id: `node-${i + 1}`,
        client,
        peer,
        http,
        folder: join(folder, `node-${i + 1}`),
        child: undefined,
      }
    })
    return new ProcessCluster(folder, nodes, flags)
  }

  constructor(folder, nodes, flags) {
    this.folder = folder
    this.nodes = nodes
    this.flags = flags
    // Whatever ends this test, no node outlives it.
    process.once('exit', () => {
      for (const node of this.nodes) node.child?.kill('SIGKILL')
    })
  }

  get endpoints() {
    return this.nodes.map((node) => node.client)
  }

  launch(node) {
    if (node.child !== undefined) return
    mkdirSync(node.folder, { recursive: true })
    const log = openSync(join(node.folder, 'log'), 'a')
    const members = this.nodes.flatMap((member) => [
      '--member',
      `${member.id}=${member.peer},${member.client}`,
    ])
    const listen = ['--listen', node.client, '--peer-listen', node.peer, '--http-listen', node.http]
    const identity = [
      '--node-id',
      node.id,
      '--data',
      join(node.folder, 'data'),
      '--cluster-token',
      'process cluster',
    ]
    node.child = spawn(
      process.execPath,
      [join(root, 'dist/cli/main.js'), 'serve', ...identity, ...listen, ...members, ...this.flags],
      { stdio: ['ignore', log, log], env: { ...NODE_ENVIRONMENT, ...process.env } },
    )
    node.exited = new Promise((resolve) => node.child.once('exit', resolve))
  }

  async start() {
    for (const node of this.nodes) this.launch(node)
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

  async facts(node) {
    try {
      const answer = await fetch(`http://${node.http}/readyz`, { signal: AbortSignal.timeout(3_000) })
      return await answer.json()
    } catch {
      return undefined
    }
  }

  async ready(node) {
    const deadline = Date.now() + READY_MS
    for (;;) {
      if ((await this.facts(node))?.ready) return
      if (node.child === undefined || node.child.exitCode !== null || Date.now() > deadline) {
        throw new Error(
          `${node.id} is not ready:\n${readFileSync(join(node.folder, 'log'), 'utf8').slice(-3000)}`,
        )
      }
      await pause(50)
    }
  }

  /** The node that leads, as the highest term among the nodes says. */
  async leader() {
    const deadline = Date.now() + READY_MS
    while (Date.now() < deadline) {
      const told = await Promise.all(
        this.nodes.map(async (node) => ({ node, facts: await this.facts(node) })),
      )
      const leaders = told
        .filter(({ facts }) => facts?.role === 'leader')
        .sort((a, b) => b.facts.term - a.facts.term)
      if (leaders[0] !== undefined) return leaders[0].node
      await pause(20)
    }
    throw new Error('no leader')
  }

  async close() {
    await Promise.all(this.nodes.map((node) => this.kill(node)))
    rmSync(this.folder, { recursive: true, force: true })
  }
}
