// A follower that missed everything gets a state of MIB mebibytes as a snapshot: what memory does that take, at both ends?
// Lets two of three nodes write so much that their logs no longer reach the third, stops them, makes their states large (by
// pairs that no package refers to, written straight into their stores: through the log it would take an hour), starts them
// anew, so that their peaks begin from nothing, and then the third. Takes minutes, and three times the space on disk.
// `node test/chaos/large-snapshot.mjs 2048 [HEAP_MIB]`
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { MarketplaceBuilder } from '../../dist/marketplace-builder.js'
import { TABLE } from '../../dist/state/key-layout.js'
import { seal } from '../../dist/state/stored-value.js'
import { LevelKeyValueStore } from '../../dist/storage/level/level-key-value-store.js'
import { Ed25519Signer } from '../../dist/trust/signer.js'
import { factsOf } from './node-facts.mjs'
import { packageArchive } from './package-archive.mjs'
import { ProcessCluster } from './process-cluster.mjs'

const stateMib = Number(process.argv[2] ?? 2048)
const heapMib = Number(process.argv[3] ?? 128)
const MIB = 1024 * 1024
const VALUE_BYTES = 100_000
const BATCH_PAIRS = 20
/** More than the log keeps. */
const VERSIONS = 400
const settings = {
  NODE_OPTIONS: `--max-old-space-size=${heapMib}`,
  GGEN_MARKET_COMPACTION_ENTRIES: '100',
  GGEN_MARKET_COMPACTION_TAIL_ENTRIES: '10',
}

async function writeSome(endpoints) {
  const client = new MarketplaceBuilder().withCluster(endpoints).build()
  const signer = Ed25519Signer.fromSeed(randomBytes(32))
  const { metadata } = await packageArchive(
    { namespace: 'large', name: 'p', version: '0.0.0' },
    Buffer.alloc(0),
  )
  const source = (async function* () {
    for (let n = 0; n < VERSIONS; n++)
      yield {
        version: {
          metadata: { ...metadata, id: { ...metadata.id, version: `1.0.${n}` } },
          signers: [signer],
        },
      }
  })()
  for await (const outcome of client.registerMany(source))
    if (outcome.error !== undefined) throw outcome.error
  await client.close()
}

function stateFolders(node) {
  return readdirSync(node.data)
    .filter((name) => /^state-\d+$/.test(name))
    .map((name) => join(node.data, name))
}

/** The same pairs in every state; random, since LevelDB compresses. */
async function enlarge(nodes) {
  const stores = await Promise.all(nodes.map((node) => LevelKeyValueStore.open(stateFolders(node)[0])))
  const pairs = Math.ceil((stateMib * MIB) / VALUE_BYTES)
  for (let n = 0; n < pairs; ) {
    const batch = []
    for (; batch.length < BATCH_PAIRS && n < pairs; n++) {
      const key = new Uint8Array([TABLE.version, ...Buffer.from(`zzz-large-${String(n).padStart(8, '0')}`)])
      batch.push({ type: 'put', key, value: seal(key, randomBytes(VALUE_BYTES)) })
    }
    await Promise.all(stores.map((store) => store.write(batch, { sync: false })))
  }
  for (const store of stores) await store[Symbol.asyncDispose]()
}

/**
 * Mebibytes of memory that a process holds of its own. (Its resident memory counts the files that LevelDB maps too, which the
 * system takes back whenever it likes.)
 */
function memory(node) {
  const status = readFileSync(`/proc/${node.child.pid}/status`, 'utf8')
  return Math.round(Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024)
}

/** Mebibytes of the state's files. */
function stateOnDisk(node) {
  const files = stateFolders(node).flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
  return Math.round(files.reduce((sum, path) => sum + statSync(path).size, 0) / MIB)
}

const seconds = (sinceMs) => Math.round((performance.now() - sinceMs) / 1_000)

const cluster = await ProcessCluster.make(3, { settings })
let failed = false
try {
  await cluster.start()
  const [one, two, late] = cluster.nodes
  await cluster.stop(late)
  let beganMs = performance.now()
  await writeSome([one.client, two.client])
  await Promise.all([cluster.stop(one), cluster.stop(two)])
  await enlarge([one, two])
  console.log(`enlarged in ${seconds(beganMs)} s: ${stateOnDisk(one)} MiB of state on the disk of ${one.id}`)
  cluster.launch(one)
  cluster.launch(two)
  await Promise.all([cluster.ready(one), cluster.ready(two)])
  const leader = await cluster.leader()
  const before = memory(leader)
  const most = { sender: before, receiver: 0 }
  beganMs = performance.now()
  cluster.launch(late)
  const wanted = (await factsOf(leader)).appliedIndex
  for (;;) {
    if (!cluster.isRunning(late)) throw new Error(`${late.id} ended:\n${cluster.words(late)}`)
    if (((await factsOf(late))?.appliedIndex ?? 0) >= wanted) break
    most.sender = Math.max(most.sender, memory(leader))
    most.receiver = Math.max(most.receiver, memory(late))
    await pause(100)
  }
  const installed = readFileSync(late.log, 'utf8').includes('installed a snapshot')
  console.log(
    `${late.id} is there after ${seconds(beganMs)} s, with ${stateOnDisk(late)} MiB of state, by ${installed ? 'a snapshot' : 'the log'}`,
  )
  console.log(
    `memory of the sender: ${before} MiB before, at most ${most.sender} MiB; of the receiver: at most ${most.receiver} MiB (heaps are limited to ${heapMib} MiB each)`,
  )
  failed = !installed
} finally {
  await cluster.close()
}
process.exit(failed ? 1 : 0)
