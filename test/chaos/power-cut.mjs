// Real power cuts: each node's data lies on an xfs of its own, which is shut down under load (what was not synced is gone), the
// node killed, the file system mounted again (its journal recovers), the node started: all that was acknowledged is there.
// `node test/chaos/power-cut.mjs ROUNDS`: so many for a single node and so many for a cluster of three. Needs root.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { SeededRandom } from '../../.build/test/sim/seeded-random.js'
import { Ed25519Signer } from '../../dist/trust/signer.js'
import { ChaosClient, KeySpace } from './chaos-client.mjs'
import { HistoryRecorder } from './history-recorder.mjs'
import { LoopVolume, missingForVolumes } from './loop-volume.mjs'
import { ProcessCluster } from './process-cluster.mjs'
import { judge } from './verdict.mjs'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const rounds = Number(process.argv[2] ?? 8)
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 32))
const CLIENTS = 4
/** So many publishes are acknowledged between two cuts, so that there is something to lose. */
const PUBLISHES = 15
const PUBLISHES_MS = 60_000
/** Small, so that the log turns over while power goes. */
const SETTINGS = {
  GGEN_MARKET_WAL_SEGMENT_BYTES: String(1024 * 1024),
  GGEN_MARKET_COMPACTION_ENTRIES: '300',
  GGEN_MARKET_COMPACTION_TAIL_ENTRIES: '100',
}

const missing = missingForVolumes()
if (missing !== undefined) {
  console.error(`make power-cut needs ${missing}`)
  process.exit(1)
}
console.log(`seed ${seed}`)
const random = new SeededRandom(seed)
const broken = []
for (const count of [1, 3]) broken.push(...(await powerCuts(count)))
console.log(broken.length === 0 ? 'passed' : `FAILED: ${broken.length} promises broken`)
process.exit(broken.length === 0 ? 0 : 1)

/** @returns the promises that were broken */
async function powerCuts(count) {
  const folder = mkdtempSync(join(tmpdir(), 'ggen-market-power-'))
  const volumes = Array.from({ length: count }, (_, i) => LoopVolume.make(folder, `disk-${i + 1}`))
  const recorder = new HistoryRecorder(join(root, `.chaos/power-cut/history-${count}.jsonl`))
  const cluster = await ProcessCluster.make(count, { settings: SETTINGS, volumes })
  try {
    await cluster.start()
    const keys = new KeySpace()
    const signer = Ed25519Signer.fromSeed(random.bytes(32))
    const clients = Array.from(
      { length: CLIENTS },
      (_, number) =>
        new ChaosClient({
          number,
          endpoints: cluster.endpoints,
          signer,
          random: random.fork(`client ${number} of ${count}`),
          keys,
          recorder,
          patient: number % 2 === 0,
        }),
    )
    const working = Promise.all(clients.map((client) => client.run()))
    await Promise.race([cutAgainAndAgain(cluster, recorder), working])
    for (const client of clients) client.stop()
    await working
    const { checked } = await judge({
      cluster,
      recorder,
      keys: keys.all,
      signer,
      random,
      blobFolder: (node) => join(node.data, 'blobs'),
    })
    console.log(
      `${count === 1 ? 'one node' : 'three nodes'}, ${rounds} power cuts: ${checked} operations judged, ` +
        `${recorder.acknowledged.size} publishes acknowledged, ${recorder.violations.length} promises broken`,
    )
  } catch (error) {
    recorder.violate(String(error.stack))
  } finally {
    await recorder.close()
    await cluster.close()
    for (const volume of volumes) volume.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return recorder.violations
}

async function cutAgainAndAgain(cluster, recorder) {
  for (let round = 1; round <= rounds; round++) {
    const before = recorder.acknowledged.size
    const deadline = Date.now() + PUBLISHES_MS
    while (recorder.acknowledged.size < before + PUBLISHES) {
      if (Date.now() > deadline) throw new Error(`no ${PUBLISHES} publishes within ${PUBLISHES_MS / 1_000} s`)
      await pause(20)
    }
    await pause(random.below(300))
    // All at once in two rounds of three; else one node, which has to come back to the others.
    const nodes = round % 3 === 0 ? [await cluster.leader()] : cluster.nodes
    const flush = round % 2 === 0
    await cluster.cutPower(nodes, { flush, aliveMs: random.chance(500) ? random.below(400) : 0 })
    for (const node of nodes) cluster.launch(node)
    await Promise.all(nodes.map((node) => cluster.ready(node)))
    const fresh = recorder.acknowledged.size - before
    console.log(
      `round ${round}: ${nodes.map(({ id }) => id).join(', ')} without power, journal ${flush ? 'written out' : 'lost'}; ${fresh} fresh publishes`,
    )
  }
}
