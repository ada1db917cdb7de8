// Three real nodes, clients that write down what they were told, and everything that can fail failing:
//   node test/chaos/main.mjs --on containers --minutes 3 [--seed n] [--image ggen-market:dev]
//   node test/chaos/main.mjs --on processes --minutes 1 [--seed n]
// At the end the history has to be linearizable and everything acknowledged has to be on every node. `make chaos`.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { SeededRandom } from '../../.build/test/sim/seeded-random.js'
import { requireEngine } from '../../deploy/image/engine.mjs'
import { Ed25519Signer } from '../../dist/trust/signer.js'
import { ChaosClient, KeySpace } from './chaos-client.mjs'
import { buildFaultLibrary } from './fault-control.mjs'
import { HistoryRecorder } from './history-recorder.mjs'
import { missingForVolumes } from './loop-volume.mjs'
import { Nemesis } from './nemesis.mjs'
import { judge } from './verdict.mjs'

const CLIENTS = 6
const LOG_LINES_MAX = 100_000
/** Small, so that segments turn over, logs are compacted and snapshots are sent within minutes. */
const SETTINGS = {
  GGEN_MARKET_WAL_SEGMENT_BYTES: String(2 * 1024 * 1024),
  GGEN_MARKET_COMPACTION_ENTRIES: '400',
  GGEN_MARKET_COMPACTION_TAIL_ENTRIES: '100',
}

const { values: given } = parseArgs({
  options: {
    on: { type: 'string', default: 'containers' },
    minutes: { type: 'string', default: '3' },
    seed: { type: 'string' },
    image: { type: 'string', default: 'ggen-market:dev' },
    history: {
      type: 'string',
      default: join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), '.chaos/history.jsonl'),
    },
  },
})
const seed = Number(given.seed || Math.floor(Math.random() * 2 ** 32))
const work = mkdtempSync(join(tmpdir(), 'ggen-market-faults-'))
process.on('exit', () => rmSync(work, { recursive: true, force: true }))

async function containers() {
  requireEngine('make chaos')
  const missing = missingForVolumes()
  if (missing !== undefined) {
    console.error(`make chaos needs ${missing}`)
    process.exit(1)
  }
  const { ContainerCluster } = await import('./container-cluster.mjs')
  const library = buildFaultLibrary(work)
  const cluster = await ContainerCluster.make({ image: given.image, library, settings })
  return { cluster, kinds: ['call', 'process', 'control', 'network', 'disk'] }
}

async function processes() {
  const { ProcessCluster } = await import('./process-cluster.mjs')
  const cluster = await ProcessCluster.make(3, {
    settings,
    library: buildFaultLibrary(work),
    proxied: true,
  })
  return { cluster, kinds: ['call', 'process', 'control', 'sockets'] }
}

console.log(
  `seed ${seed}: three nodes in ${given.on}, ${CLIENTS} clients, ${given.minutes} minutes of faults`,
)
const random = new SeededRandom(seed)
// Some runs read by the leader's lease, which clocks and stopped processes put to the test.
const reads = random.fork('reads').chance(400) ? 'lease' : 'read-index'
const settings = { ...SETTINGS, GGEN_MARKET_RAFT_READS: reads }
console.log(`linearizable reads by ${reads}`)
const recorder = new HistoryRecorder(given.history)
const { cluster, kinds } = await (given.on === 'processes' ? processes() : containers())
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => cluster.close().finally(() => process.exit(130)))
let failed = false
try {
  await cluster.start()
  const signer = Ed25519Signer.fromSeed(random.fork('key').bytes(32))
  const keys = new KeySpace()
  const member = (number, name, patient) =>
    new ChaosClient({
      number,
      endpoints: cluster.endpoints,
      signer,
      random: random.fork(name),
      keys,
      recorder,
      patient,
    })
  const clients = Array.from({ length: CLIENTS }, (_, i) => member(i, `client ${i}`, i % 3 !== 0))
  const witness = member(CLIENTS, 'witness')
  let writes = 0
  const nemesis = new Nemesis({
    cluster,
    random: random.fork('nemesis'),
    kinds,
    write: async () => {
      const id = { namespace: 'chaos', name: 'witness', version: `1.0.${writes++}` }
      return (await witness.publish(id)) === 'ok'
    },
  })
  const working = Promise.all(clients.map((client) => client.run()))
  // A client that throws ends the run at once.
  await Promise.race([nemesis.run(Date.now() + Number(given.minutes) * 60_000), working])
  for (const client of clients) client.stop()
  await working
  await witness.client.close()
  const { checked, status } = await judge({
    cluster,
    recorder,
    keys: keys.all,
    signer,
    random,
    blobFolder: (node) => join(cluster.dataFolder(node), 'blobs'),
  })
  report(nemesis, checked, status)
  failed = recorder.violations.length > 0
  if (recorder.acknowledged.size === 0) throw new Error('nothing was acknowledged, so nothing was tried')
} catch (error) {
  failed = true
  console.error(error)
} finally {
  await recorder.close()
  // Beside the history, for whoever wants to know why.
  for (const node of cluster.nodes)
    writeFileSync(join(dirname(given.history), `${node.id}.log`), await cluster.words(node, LOG_LINES_MAX))
  await cluster.close()
}
if (failed)
  console.log(`again: node test/chaos/main.mjs --on ${given.on} --minutes ${given.minutes} --seed ${seed}`)
console.log(
  failed ? `FAILED, ${recorder.violations.length} promises broken; history in ${recorder.path}` : 'passed',
)
process.exit(failed ? 1 : 0)

function report(nemesis, checked, status) {
  const table = (counts) => [...counts].map(([what, times]) => `${what} ×${times}`).join(', ')
  console.log(`faults: ${table(nemesis.dealt)}`)
  for (const node of cluster.nodes) {
    const { syncs, syncsFailed, syncsDelayed, clockReadsShifted } = node.control.counts
    console.log(
      `${node.id}: ${syncs} syncs, of them ${syncsFailed} failed and ${syncsDelayed} delayed; ${clockReadsShifted} looks at a wrong clock`,
    )
  }
  if (nemesis.restarts.length > 0) console.log(`started again by hand: ${nemesis.restarts.length} times`)
  console.log(`clients were told: ${table(recorder.troubles)}`)
  const index = status.nodes[0]?.appliedIndex
  console.log(
    `${recorder.operations.length} operations (${checked} judged), ${recorder.acknowledged.size} publishes acknowledged, index ${index}`,
  )
}
