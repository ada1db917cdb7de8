// As much load as the machine takes, for MINUTES: no member may stand for election. `node test/chaos/full-load.mjs 10`
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { MarketplaceBuilder } from '../../dist/marketplace-builder.js'
import { Ed25519Signer } from '../../dist/trust/signer.js'
import { factsOf } from './node-facts.mjs'
import { packageArchive } from './package-archive.mjs'
import { ProcessCluster } from './process-cluster.mjs'

const minutes = Number(process.argv[2] ?? 10)
const IN_FLIGHT = 64
const signer = Ed25519Signer.fromSeed(randomBytes(32))
let registered = 0
let stopped = false

async function register(client, worker) {
  const { metadata } = await packageArchive(
    { namespace: 'load', name: `p-${worker}`, version: '0.0.0' },
    Buffer.alloc(0),
  )
  for (let n = 0; !stopped; n++) {
    const id = { namespace: 'load', name: `p-${worker}-${Math.floor(n / 100)}`, version: `1.0.${n % 100}` }
    await client.register({ metadata: { ...metadata, id }, signers: [signer] })
    await client.get(id)
    registered++
  }
}

const cluster = await ProcessCluster.make()
let elections
try {
  await cluster.start()
  const terms = async () => {
    const told = await Promise.all(cluster.nodes.map((node) => factsOf(node)))
    return Math.max(...told.map((facts) => facts?.term ?? 0))
  }
  const before = await terms()
  const client = new MarketplaceBuilder().withCluster(cluster.endpoints).build()
  const working = Array.from({ length: IN_FLIGHT }, (_, worker) => register(client, worker))
  for (let minute = 1; minute <= minutes; minute++) {
    await Promise.race([pause(60_000), ...working])
    elections = (await terms()) - before
    console.log(`minute ${minute}: ${registered} versions registered and read, ${elections} elections`)
  }
  stopped = true
  await Promise.all(working)
  await client.close()
} finally {
  await cluster.close()
}
console.log(`${minutes} minutes of full load: ${registered} versions, ${elections} elections`)
process.exit(elections === 0 ? 0 : 1)
