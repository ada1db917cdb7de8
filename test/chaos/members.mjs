// Members come and go under load, as real processes: from one node to three, five and seven, and back to one, the leader
// removed each time. Nothing acknowledged may be lost and no call may fail. `node test/chaos/members.mjs` prints for each step
// what its time is made of, the longest time without a successful publish, and how much of the machine others took.
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { MarketplaceBuilder } from '../../dist/marketplace-builder.js'
import { Ed25519Signer } from '../../dist/trust/signer.js'
import { beginShare } from './machine-share.mjs'
import { packageArchive } from './package-archive.mjs'
import { ProcessCluster } from './process-cluster.mjs'

const NODES_MAX = Number(process.argv[2] ?? 7)
const WORKERS = 4
/** Between two publishes of a worker: newcomers fetch all that was published before on the same processors. */
const REST_MS = 50
/** Default election timeout, its longest: a gap above it means that more than one election was needed. */
const ELECTION_MS = 1_000
/** What fails the test: noise of a busy machine does not reach it. */
const GAP_MAX_MS = 10 * ELECTION_MS

const signer = Ed25519Signer.fromSeed(randomBytes(32))
const acknowledged = []
const failures = []
let stopped = false
let lastMs = performance.now()
let longestMs = 0

function succeeded() {
  const nowMs = performance.now()
  longestMs = Math.max(longestMs, nowMs - lastMs)
  lastMs = nowMs
}

function takeGap() {
  const gapMs = Math.round(Math.max(longestMs, performance.now() - lastMs))
  longestMs = 0
  return gapMs
}

async function work(cluster, worker) {
  let client
  let known = 0
  for (let n = 0; !stopped; n++) {
    if (cluster.nodes.length !== known) {
      await client?.close()
      known = cluster.nodes.length
      client = new MarketplaceBuilder().withCluster(cluster.endpoints).build()
    }
    const id = { namespace: 'members', name: `package-${worker}`, version: `1.0.${n}` }
    try {
      const { metadata, content } = await packageArchive(id, randomBytes(200 + ((n * 977) % 20_000)))
      await client.publish({ metadata, signers: [signer] }, content)
      acknowledged.push({ id, sha256: content.sha256 })
      succeeded()
      await pause(REST_MS)
    } catch (error) {
      failures.push(`publish: ${error.message}`)
      console.log(`FAILED ${failures.at(-1)}`)
    }
  }
  await client?.close()
}

const cluster = await ProcessCluster.make(1)
const longest = { ms: 0, step: '' }

async function step(what, change) {
  takeGap()
  const others = beginShare(() => cluster.nodes.flatMap(({ child }) => child?.pid ?? []))
  const beganMs = performance.now()
  const parts = []
  let lastPartMs = beganMs
  await change((part) => {
    parts.push(`${part} ${Math.round(performance.now() - lastPartMs)}`)
    lastPartMs = performance.now()
  })
  const gapMs = takeGap()
  if (gapMs > longest.ms) Object.assign(longest, { ms: gapMs, step: what })
  const tookMs = Math.round(performance.now() - beganMs)
  const made = parts.length === 0 ? '' : ` (${parts.join(', ')})`
  console.log(
    `${what}: ${tookMs} ms${made}, longest gap ${gapMs} ms, ${acknowledged.length} published; others took ${others.end() ?? '?'}% of the machine`,
  )
}

try {
  await cluster.start()
  const operator = () => new MarketplaceBuilder().withCluster(cluster.endpoints).build()
  lastMs = performance.now()
  const working = Array.from({ length: WORKERS }, (_, worker) => work(cluster, worker))
  while (cluster.nodes.length < NODES_MAX) {
    const node = await cluster.another()
    await step(`${node.id} joins and is promoted`, async (done) => {
      const client = operator()
      cluster.launch(node)
      await client.addPeer(node.id, node.peer)
      done('added')
      await cluster.ready(node)
      done('ready')
      await client.promotePeer(node.id)
      done('promoted')
      await client.close()
    })
  }
  for (let left = NODES_MAX; left > 1; left--) {
    const leader = await cluster.leader()
    await step(`${leader.id}, the leader, is removed`, async () => {
      const client = operator()
      await client.removePeer(leader.id)
      await client.close()
    })
    await cluster.kill(leader, 'SIGTERM')
  }
  stopped = true
  await Promise.all(working)
  const [last] = cluster.nodes.filter((node) => cluster.isRunning(node))
  const client = new MarketplaceBuilder().withCluster([last.client]).build()
  const bytes = async (body) => {
    let count = 0
    for await (const chunk of body) count += chunk.length
    return count
  }
  for (const { id, sha256 } of acknowledged) {
    const found = await client.get(id).catch((error) => error)
    if (found.version?.content?.sha256 !== sha256)
      failures.push(`${id.name}@${id.version} is lost: ${found.message}`)
    else if ((await bytes(client.download({ sha256 }))) === 0) failures.push(`${sha256} is empty`)
  }
  await client.close()
} finally {
  stopped = true
  await cluster.close()
}
for (const failure of failures.slice(0, 20)) console.log(failure)
console.log(
  `1 to ${NODES_MAX} members and back: ${acknowledged.length} acknowledged, ${failures.length} failed or lost; longest gap ${longest.ms} ms (${longest.step})`,
)
process.exit(failures.length === 0 && longest.ms < GAP_MAX_MS ? 0 : 1)
