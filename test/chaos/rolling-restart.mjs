// All nodes restarted one after another, the way an upgrade does it (SIGTERM, wait, start, wait until ready), while clients
// publish, read and search. No call may fail, and no kind of call may pause for longer than a person would put up with.
// `node test/chaos/rolling-restart.mjs ROUNDS` prints for each restart the longest time without a successful call of each kind.
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { MarketplaceBuilder } from '../../dist/marketplace-builder.js'
import { Ed25519Signer } from '../../dist/trust/signer.js'
import { beginShare } from './machine-share.mjs'
import { packageArchive } from './package-archive.mjs'
import { ProcessCluster } from './process-cluster.mjs'

const rounds = Number(process.argv[2] ?? 5)
/** What is aimed at for each kind of call: how often it was missed is printed, beside the share of the machine that others took. */
const GAP_GOAL_MS = 300
/** What fails, of any kind of call. */
const GAP_MAX_MS = 3_000
const WORKERS_PER_KIND = 3
/** Load before the first restart and between one node's return and the next node's stop. */
const REST_MS = 500

const signer = Ed25519Signer.fromSeed(randomBytes(32))
/** Published and acknowledged. */
const published = []
const failures = []
/** Of each kind of call, when the last one succeeded and the longest wait between two since the last `take`. */
const kinds = { publish: newGap(), read: newGap(), search: newGap() }
/** Restarts in which the goal was missed, of each kind. */
const misses = { publish: 0, read: 0, search: 0 }
let calls = 0
let stopped = false

function newGap() {
  return {
    lastMs: performance.now(),
    longestMs: 0,
    succeeded() {
      const nowMs = performance.now()
      this.longestMs = Math.max(this.longestMs, nowMs - this.lastMs)
      this.lastMs = nowMs
    },
    /** The longest gap up to now, an unfinished one too; begins anew. */
    take() {
      const longestMs = Math.max(this.longestMs, performance.now() - this.lastMs)
      this.longestMs = 0
      return Math.round(longestMs)
    },
  }
}

async function publish(client, worker, n) {
  const id = { namespace: 'rolling', name: `package-${worker}`, version: `1.0.${n}` }
  const { metadata, content } = await packageArchive(id, randomBytes(200 + ((n * 977) % 20_000)))
  await client.publish({ metadata, signers: [signer] }, content)
  published.push(id)
}

async function read(client, worker, n) {
  const id = published[(n * 31 + worker) % published.length]
  const { version } = await client.get(id)
  if (version.metadata.id.version !== id.version) throw new Error(`got ${version.metadata.id.version}`)
}

async function search(client) {
  await client.search({ query: 'package' })
}

async function work(kind, call, endpoints, worker) {
  const client = new MarketplaceBuilder().withCluster(endpoints).build()
  for (let n = 0; !stopped; n++) {
    const beganMs = performance.now()
    try {
      await call(client, worker, n)
      calls++
      kinds[kind].succeeded()
    } catch (error) {
      failures.push(`${kind} after ${Math.round(performance.now() - beganMs)} ms: ${error.message}`)
      console.log(`FAILED ${failures.at(-1)}`)
    }
  }
  await client.close()
}

function takeGaps() {
  return Object.fromEntries(Object.entries(kinds).map(([kind, gap]) => [kind, gap.take()]))
}

const shown = (gaps) =>
  Object.entries(gaps)
    .map(([kind, ms]) => `${kind} ${ms}`)
    .join(', ')

function judge(gaps) {
  for (const [kind, ms] of Object.entries(gaps)) {
    if (ms > GAP_GOAL_MS) misses[kind]++
    if (ms <= GAP_MAX_MS) continue
    failures.push(`no ${kind} succeeded for ${ms} ms`)
    console.log(`FAILED ${failures.at(-1)}; the limit is ${GAP_MAX_MS} ms`)
  }
}

const longest = { publish: 0, read: 0, search: 0 }
const cluster = await ProcessCluster.make()
try {
  await cluster.start()
  const first = new MarketplaceBuilder().withCluster(cluster.endpoints).build()
  await publish(first, 'first', 0)
  await first.close()
  for (const gap of Object.values(kinds)) gap.lastMs = performance.now()
  const calling = Object.entries({ publish, read, search }).flatMap(([kind, call]) =>
    Array.from({ length: WORKERS_PER_KIND }, (_, worker) => work(kind, call, cluster.endpoints, worker)),
  )
  await pause(2 * REST_MS)
  console.log(`before any restart: longest gaps in ms: ${shown(takeGaps())}`)
  for (let round = 1; round <= rounds; round++) {
    for (const node of cluster.nodes) {
      const led = (await cluster.leader()) === node
      takeGaps()
      const others = beginShare(() => cluster.nodes.flatMap(({ child }) => child?.pid ?? []))
      const beganMs = performance.now()
      const exitCode = await cluster.kill(node, 'SIGTERM')
      const stoppedMs = performance.now()
      if (exitCode !== 0) failures.push(`${node.id} ended with ${exitCode}`)
      cluster.launch(node)
      await cluster.ready(node)
      const readyMs = performance.now()
      await pause(REST_MS)
      const gaps = takeGaps()
      const othersPercent = others.end()
      for (const kind of Object.keys(longest)) longest[kind] = Math.max(longest[kind], gaps[kind])
      const took = `stopped in ${Math.round(stoppedMs - beganMs)} ms, ready ${Math.round(readyMs - stoppedMs)} ms later`
      console.log(
        `round ${round} ${node.id}${led ? ' (leader)' : ''}: ${took}; longest gaps in ms: ${shown(gaps)}; others took ${othersPercent ?? '?'}% of the machine`,
      )
      judge(gaps)
    }
  }
  stopped = true
  await Promise.all(calling)
} finally {
  stopped = true
  await cluster.close()
}
console.log(
  `${rounds} rolling restarts: ${calls} calls, ${failures.length} failures; longest gaps in ms: ${shown(longest)}; longer than the goal of ${GAP_GOAL_MS} ms, of ${3 * rounds} restarts: ${shown(misses)}`,
)
process.exit(failures.length === 0 ? 0 : 1)
