// Starts, stops and resets the three-node cluster of one machine. Data, pid and log of node i lie under .cluster/node-i/.
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { holderOfPort, isFree } from './port-holder.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const home = join(root, '.cluster')
const nodes = [1, 2, 3].map((i) => ({
  id: `node-${i}`,
  folder: join(home, `node-${i}`),
  client: `127.0.0.1:740${i}`,
  peer: `127.0.0.1:750${i}`,
  http: `127.0.0.1:760${i}`,
}))
const endpoints = nodes.map((node) => node.client).join(',')
const START_MS = 60_000
/**
 * glibc gives threads heaps of their own: during an import of 60,000 packages that held 130 MiB more, and it is no faster.
 * Set it wherever nodes are started by hand; other C libraries do not look at it.
 */
const NODE_ENVIRONMENT = { MALLOC_ARENA_MAX: '2' }
const STOP_MS = 15_000

/** Changes whenever what would run changes. */
export function buildId() {
  const hash = createHash('sha256')
  const visit = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) visit(path)
      else if (entry.name.endsWith('.js') || entry.name.endsWith('.node'))
        hash.update(
          `${relative(root, path)} ${createHash('sha256').update(readFileSync(path)).digest('hex')}\n`,
        )
    }
  }
  visit(join(root, 'dist'))
  for (const name of readdirSync(join(root, 'native')).filter((name) => name.endsWith('.node'))) {
    const { size, mtimeMs } = statSync(join(root, 'native', name))
    hash.update(`${name} ${size} ${mtimeMs}\n`)
  }
  return hash.digest('hex').slice(0, 12)
}

/** Drawn once for this .cluster: what lies here after a reset is another cluster, with another history. */
function clusterToken() {
  const path = join(home, 'token')
  mkdirSync(home, { recursive: true })
  if (!existsSync(path)) writeFileSync(path, `${randomBytes(16).toString('hex')}\n`, { mode: 0o600 })
  return readFileSync(path, 'utf8').trim()
}

function pidOf(node) {
  try {
    const pid = Number(readFileSync(join(node.folder, 'pid'), 'utf8'))
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined
  } catch {
    return undefined
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** What the node at this address says of itself, or undefined where none answers. */
async function facts(node) {
  try {
    const answer = await fetch(`http://${node.http}/readyz`, { signal: AbortSignal.timeout(2_000) })
    const body = await answer.json()
    return { ...body, ready: body.ready === true, reasons: body.reasons ?? [] }
  } catch {
    return undefined
  }
}

/** The node that runs under our pid and answers as itself; a recycled pid or a stranger on the port is neither. */
async function running(node) {
  const pid = pidOf(node)
  if (pid === undefined || !isAlive(pid)) return undefined
  const told = await facts(node)
  if (told === undefined || told.nodeId !== node.id || told.pid !== pid) return undefined
  return { pid, ...told }
}

function launch(node, build) {
  mkdirSync(node.folder, { recursive: true })
  const log = openSync(join(node.folder, 'log'), 'a')
  const members = nodes.flatMap((member) => ['--member', `${member.id}=${member.peer},${member.client}`])
  const child = spawn(
    process.execPath,
    [
      join(root, 'dist/cli/main.js'),
      'serve',
      ...['--node-id', node.id, '--data', join(node.folder, 'data'), '--cluster-token', clusterToken()],
      ...['--listen', node.client, '--peer-listen', node.peer, '--http-listen', node.http],
      ...members,
    ],
    {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: root,
      env: { ...NODE_ENVIRONMENT, ...process.env, GGEN_MARKET_BUILD: build },
    },
  )
  child.unref()
  closeSync(log)
  writeFileSync(join(node.folder, 'pid'), `${child.pid}\n`)
  return child
}

function lastWords(node) {
  try {
    return readFileSync(join(node.folder, 'log'), 'utf8').trimEnd().split('\n').slice(-5).join('\n')
  } catch {
    return '(no log)'
  }
}

async function start() {
  const build = buildId()
  const found = await Promise.all(nodes.map((node) => lookAt(node)))
  const absent = found.filter(({ state }) => state === 'absent').map(({ node }) => node)
  await refuseTakenPorts(absent)
  const children = new Map()
  for (const { node, state, pid, told } of found) {
    if (state === 'absent') {
      const child = launch(node, build)
      children.set(node.id, child)
      const log = relative(process.cwd(), join(node.folder, 'log'))
      console.log(`${node.id} starting (pid ${child.pid}, log ${log})`)
      continue
    }
    writeFileSync(join(node.folder, 'pid'), `${pid}\n`)
    const old =
      told !== undefined && told.build !== build
        ? `, an older build than this checkout's: 'make stop' and 'make cluster' to change it`
        : ''
    console.log(`${node.id} is ${state} (pid ${pid}${old})`)
  }
  await untilServing(children)
  console.log(`
The cluster serves. Talk to it from another terminal:

  export GGEN_MARKET_ENDPOINTS=${endpoints}
  npx --no-install ggen-market cluster status
  npx --no-install ggen-market import node_modules
  npx --no-install ggen-market search json

Metrics and health: ${nodes.map((node) => `http://${node.http}/metrics`).join('  ')}
A node's process id is in .cluster/node-1/pid: kill -9 it, watch the others go on, and 'make cluster' brings it back.
Stop all three with 'make stop'; their data stays.`)
}

/** What there is of a node of this checkout: running, starting up, or absent. */
async function lookAt(node) {
  const told = await facts(node)
  const pids = [pidOf(node), told?.pid].filter((pid) => pid !== undefined && isAlive(pid))
  for (const pid of pids) {
    if (told?.nodeId === node.id && told.pid === pid && (pid === pidOf(node) || isOurs(node, pid)))
      return { node, state: 'running', pid, told }
    if (told === undefined && isOurs(node, pid)) return { node, state: 'starting', pid }
  }
  return { node, state: 'absent' }
}

/** Every port of the nodes to be started is tried before any of them is, and all that are taken are named, with who to stop. */
async function refuseTakenPorts(absent) {
  const uses = absent.flatMap((node) =>
    ['client', 'peer', 'http'].map((use) => ({ node, use, address: node[use] })),
  )
  const free = await Promise.all(uses.map(({ address }) => isFree(address)))
  const taken = uses.filter((_, i) => !free[i])
  if (taken.length === 0) return
  const holders = new Map()
  for (const { address } of taken) {
    const holder = holderOfPort(Number(address.split(':')[1]))
    const name =
      holder === undefined
        ? 'by a process that this user may not see'
        : `by pid ${holder.pid} (${holder.command})`
    holders.set(name, { pid: holder?.pid, addresses: [...(holders.get(name)?.addresses ?? []), address] })
  }
  const lines = [...holders].map(([name, { addresses }]) => `  ${addresses.join(', ')} ${name}`)
  const pids = [...holders.values()].flatMap(({ pid }) => (pid === undefined ? [] : [pid]))
  const stop =
    pids.length === 0 ? '' : `: kill ${pids.join(' ')} (nodes of another checkout: 'make stop' there)`
  fail(`the cluster needs ports that are taken:\n${lines.join('\n')}\nstop what holds them first${stop}`)
}

/** A process of this node, launched a moment ago or under another pid than noted: its command line names its folder. */
function isOurs(node, pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(join(node.folder, 'data'))
  } catch {
    return false
  }
}

async function untilServing(children) {
  const deadline = Date.now() + START_MS
  const exited = new Map()
  for (const [id, child] of children) child.on('exit', (code, signal) => exited.set(id, signal ?? code))
  let waitingFor = ''
  const members = [...nodes]
  for (;;) {
    const seen = await Promise.all(members.map(async (node) => ({ node, told: await facts(node) })))
    for (const { node } of seen.filter(({ node, told }) => isRemoved(node, told, exited))) {
      console.log(`${node.id} was removed from the cluster and is not waited for ('make reset' begins anew)`)
      members.splice(members.indexOf(node), 1)
    }
    const states = seen.filter(({ node }) => members.includes(node))
    if (states.every(({ told }) => told?.ready)) return
    for (const node of members) {
      if (exited.has(node.id))
        fail(`${node.id} ended (${exited.get(node.id)}); its last words:\n${lastWords(node)}`)
    }
    const now = states
      .filter(({ told }) => !told?.ready)
      .map(
        ({ node, told }) =>
          `${node.id} (${told === undefined ? 'opening' : told.reasons.join(', ') || 'not ready'})`,
      )
      .join(', ')
    if (now !== waitingFor) console.log(`waiting for ${now}`)
    waitingFor = now
    if (Date.now() > deadline) fail(`not serving after ${START_MS / 1000} s: ${now}; see .cluster/node-*/log`)
    await pause(100)
  }
}

/** `ggen-market cluster remove`: it says so, or ended for it. */
function isRemoved(node, told, exited) {
  if (told !== undefined) return told.fault === 'MEMBER_REMOVED'
  return exited.has(node.id) && lastWords(node).includes('"reason":"MEMBER_REMOVED"')
}

async function stop() {
  const pids = []
  for (const node of nodes) {
    const pid = pidOf(node)
    if (pid === undefined || !isAlive(pid)) continue
    if ((await running(node)) === undefined && !isOurs(node, pid)) continue
    process.kill(pid, 'SIGTERM')
    pids.push({ node, pid })
  }
  const deadline = Date.now() + STOP_MS
  while (pids.some(({ pid }) => isAlive(pid)) && Date.now() < deadline) await pause(50)
  for (const { node, pid } of pids) {
    if (isAlive(pid)) {
      console.log(`${node.id} did not stop within ${STOP_MS / 1000} s: killed`)
      process.kill(pid, 'SIGKILL')
    } else console.log(`${node.id} stopped`)
    rmSync(join(node.folder, 'pid'), { force: true })
  }
  if (pids.length === 0) console.log('no node of this checkout is running')
}

async function reset() {
  if (!existsSync(join(home, 'token'))) return console.log('there is no cluster to remove')
  if (process.env.YES !== '1') {
    if (!process.stdin.isTTY)
      fail("this removes all data under .cluster; say 'make reset YES=1' where nobody can be asked")
    const question = createInterface({ input: process.stdin, output: process.stdout })
    const answer = await question
      .question('Remove the three nodes and all their data under .cluster? [y/N] ')
      .catch(() => '')
    question.close()
    if (!/^y(es)?$/i.test(answer.trim())) return console.log('nothing was removed')
  }
  await stop()
  rmSync(home, { recursive: true, force: true })
  console.log('removed .cluster')
}

function fail(message) {
  console.error(message)
  process.exit(1)
}

/** One of these commands at a time: two that start the same node would fight over its pid file. */
async function alone(run) {
  mkdirSync(home, { recursive: true })
  const lock = join(home, 'lock')
  const deadline = Date.now() + START_MS
  for (let said = false; ; ) {
    try {
      writeFileSync(lock, `${process.pid}\n`, { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const holder = holderOf(lock)
    if (holder === undefined) rmSync(lock, { force: true })
    else if (Date.now() > deadline) fail(`another start or stop of this cluster is under way (pid ${holder})`)
    else {
      if (!said) console.log(`waiting for another start or stop of this cluster (pid ${holder})`)
      said = true
      await pause(200)
    }
  }
  process.on('exit', () => rmSync(lock, { force: true }))
  await run()
}

/** The live process that holds the lock; one that was killed holds nothing. */
function holderOf(lock) {
  try {
    const text = readFileSync(lock, 'utf8')
    // Made a moment ago and not written yet.
    if (text === '' && Date.now() - statSync(lock).mtimeMs < 2_000) return 'starting'
    const pid = Number(text)
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    return isAlive(pid) && command.includes('local-cluster') ? pid : undefined
  } catch {
    return undefined
  }
}

const commands = { start, stop, reset }
const command = commands[process.argv[2]]
if (command === undefined) fail(`unknown command ${process.argv[2]}: use start, stop or reset`)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130))
await alone(command)
