// The whole story on the local cluster: import, search, resolve, publish through the leader's death, install verified elsewhere.
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { MarketplaceBuilder } from '../dist/marketplace-builder.js'
import { Ed25519Signer } from '../dist/trust/signer.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const main = join(root, 'dist/cli/main.js')
const nodes = [1, 2, 3].map((i) => ({
  id: `node-${i}`,
  client: `127.0.0.1:740${i}`,
  pidFile: join(root, `.cluster/node-${i}/pid`),
}))
const endpoints = nodes.map((node) => node.client)
const work = mkdtempSync(join(tmpdir(), 'ggen-market-demo-'))
process.on('exit', () => rmSync(work, { recursive: true, force: true }))

const title = (text) => console.log(`\n━━ ${text}`)

function fail(text) {
  console.error(`\nmake demo: ${text}`)
  process.exit(1)
}

/** Runs the command line as a person would, showing what it is asked and what it says. */
function cli(args, { at = endpoints, cwd = root, quiet = false } = {}) {
  console.log(`$ ggen-market ${args.join(' ')}`)
  const env = { ...process.env, GGEN_MARKET_ENDPOINTS: at.join(',') }
  const ran = spawnSync(process.execPath, [main, ...args], {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 1024 * 1024,
  })
  if (!quiet) process.stdout.write(ran.stdout)
  if (ran.status !== 0) fail(`ggen-market ${args.join(' ')} ended with ${ran.status}:\n${ran.stdout}`)
  return ran.stdout
}

async function status(client) {
  return client.clusterStatus()
}

title('Import: every npm package that this checkout itself is built from')
cli(['import', 'node_modules', join(root, 'node_modules')])

title('Search')
cli(['search', 'protocol buffers'])

title('Resolve')
cli(['resolve', 'grpc/grpc-js@^1.0.0'])

title('Publish in a loop, and kill -9 the leader meanwhile')
const run = randomBytes(3).toString('hex')
const signer = Ed25519Signer.fromSeed(randomBytes(32))
const client = new MarketplaceBuilder().withCluster(endpoints).build()
const acknowledged = []
let stop = false
let failure
const publishing = (async () => {
  for (let n = 0; !stop; n++) {
    const id = { namespace: `demo-${run}`, name: 'heartbeat', version: `1.0.${n}` }
    const metadata = {
      id,
      kind: 'library',
      description: 'published while the leader dies',
      authors: [],
      keywords: [],
      categories: [],
      capabilities: [],
      dependencies: [],
    }
    try {
      await client.register({ metadata, signers: [signer] })
      acknowledged.push({ id, at: performance.now() })
    } catch (error) {
      failure = error
      return
    }
  }
})()
while (acknowledged.length < 50 && failure === undefined) await pause(10)
if (failure !== undefined) fail(failure.message)

const observer = new MarketplaceBuilder().withCluster(endpoints).build()
const leaderId = (await status(observer)).leader
const leader = nodes.find((node) => node.id === leaderId)
if (leader === undefined) fail('no leader is known')
const pid = Number(readFileSync(leader.pidFile, 'utf8'))
const killedAt = performance.now()
process.kill(pid, 'SIGKILL')
console.log(
  `killed ${leader.id} (pid ${pid}), the leader, after ${acknowledged.length} acknowledged versions`,
)

/** The first write that was acknowledged after the kill by somebody else than the dead: the gap it closes is the fail-over. */
const deadline = killedAt + 60_000
const after = () =>
  acknowledged.find(({ at }, i) => at > killedAt && at - (acknowledged[i - 1]?.at ?? killedAt) > 20)
while (after() === undefined && performance.now() < deadline && failure === undefined) await pause(5)
while (
  acknowledged.filter(({ at }) => at > killedAt).length < 50 &&
  performance.now() < deadline &&
  failure === undefined
)
  await pause(10)
stop = true
await publishing
if (failure !== undefined) fail(`a write failed: ${failure.message}`)
const gaps = acknowledged.slice(1).map(({ at }, i) => at - acknowledged[i].at)
console.log(`fail-over: ${Math.round(Math.max(...gaps))} ms between two acknowledged writes; no call failed`)

const survivors = nodes.filter((node) => node !== leader)
for (const node of survivors) {
  const reader = new MarketplaceBuilder().withCluster([node.client]).build()
  const { versions } = await reader.listVersions({ namespace: `demo-${run}`, name: 'heartbeat' })
  const found = new Set(versions.map(({ id }) => id.version))
  const missing = acknowledged.filter(({ id }) => !found.has(id.version))
  console.log(
    `${node.id}: ${acknowledged.length} acknowledged, ${acknowledged.length - missing.length} found`,
  )
  await reader.close()
  if (missing.length > 0) fail(`lost: ${missing.map(({ id }) => id.version).join(', ')}`)
}

title(`Install from ${survivors[0].id}, hash and signature checked`)
cli(['add', 'pino'], { at: [survivors[0].client], cwd: work })
if (!existsSync(join(work, '.ggen/packages/pino/package.json'))) fail('pino was not installed')
cli(['list'], { at: [survivors[0].client], cwd: work })

title(`Restart ${leader.id}`)
const restarted = spawn(process.execPath, [join(root, 'deploy/local-cluster.mjs'), 'start'], {
  stdio: ['ignore', 'ignore', 'inherit'],
})
await new Promise((resolve, reject) =>
  restarted.on('exit', (code) =>
    code === 0 ? resolve() : reject(new Error(`make cluster ended with ${code}`)),
  ),
)
const agreeBy = performance.now() + 30_000
for (;;) {
  const { nodes: told } = await status(observer)
  const hashes = told.map((node) => node.stateHash)
  const agree =
    told.length === 3 &&
    hashes.every(
      (hash) => hash !== undefined && hash.hash === hashes[0].hash && hash.index === hashes[0].index,
    )
  if (agree || performance.now() > agreeBy) {
    for (const node of told) {
      console.log(
        `${node.id}  ${(node.role ?? 'unreachable').padEnd(9)} applied ${node.appliedIndex}  state hash at ${node.stateHash?.index}: ${node.stateHash?.hash?.slice(0, 16)}`,
      )
    }
    if (!agree) fail('the state hashes do not agree')
    break
  }
  await pause(100)
}
console.log('all three state hashes agree; the cluster is still up (make stop ends it)')
await Promise.all([client.close(), observer.close()])
