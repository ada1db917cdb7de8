// kill -9 of all three nodes at once under load, ROUNDS times in a row: every acknowledged version is there and its bytes
// hash to its address. `node test/chaos/kill-all.mjs 20`
import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { MarketplaceBuilder } from '../../dist/marketplace-builder.js'
import { Ed25519Signer } from '../../dist/trust/signer.js'
import { packageArchive } from './package-archive.mjs'
import { ProcessCluster } from './process-cluster.mjs'

const rounds = Number(process.argv[2] ?? 20)
const PUBLISHERS = 6
const signer = Ed25519Signer.fromSeed(randomBytes(32))
/** Acknowledged: id → sha256 of its bytes. */
const acknowledged = new Map()
let failures = 0

async function publishUntil(stopped, client, round, publisher) {
  for (let n = 0; !stopped(); n++) {
    const id = { namespace: 'chaos', name: `round-${round}-${publisher}`, version: `1.0.${n}` }
    const { metadata, content, bytes } = await packageArchive(id, randomBytes(200 + ((n * 977) % 40_000)))
    try {
      await client.publish({ metadata, signers: [signer] }, content)
      acknowledged.set(`${id.namespace}/${id.name}@${id.version}`, {
        id,
        sha256: sha256(bytes),
        sizeBytes: bytes.length,
      })
    } catch (error) {
      // Killed under it: no promise was made.
      if (!stopped()) await pause(50)
      if (error.name !== 'MarketplaceError') throw error
    }
  }
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}

/** From the node at this endpoint alone. */
async function check(endpoint, entries, withBytes) {
  const client = new MarketplaceBuilder().withCluster([endpoint]).build()
  let at = 0
  const worker = async () => {
    for (let entry = entries[at++]; entry !== undefined; entry = entries[at++]) {
      const [key, { id, sha256: expected, sizeBytes }] = entry
      try {
        const { version } = await client.get(id)
        if (version.content?.sha256 !== expected) throw new Error(`its content is ${version.content?.sha256}`)
        if (!withBytes) continue
        const hash = createHash('sha256')
        for await (const chunk of client.download({ sha256: expected, sizeBytes })) hash.update(chunk)
        if (hash.digest('hex') !== expected) throw new Error('its bytes have another hash')
      } catch (error) {
        failures++
        console.log(`LOST ${key} at ${endpoint}: ${error.message}`)
      }
    }
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  await client.close()
}

const cluster = await ProcessCluster.make()
try {
  await cluster.start()
  for (let round = 1; round <= rounds; round++) {
    const before = acknowledged.size
    const clients = Array.from({ length: PUBLISHERS }, () =>
      new MarketplaceBuilder().withCluster(cluster.endpoints).build(),
    )
    let stop = false
    const work = clients.map((client, publisher) => publishUntil(() => stop, client, round, publisher))
    const enough = Date.now() + 30_000
    // Until there is something to lose, and then somewhere in the middle of the work.
    while (acknowledged.size < before + 20 && Date.now() < enough) await pause(20)
    await pause(Math.random() * 500)
    await Promise.all(cluster.nodes.map((node) => cluster.kill(node)))
    stop = true
    await cluster.start()
    await Promise.all(work)
    await Promise.all(clients.map((client) => client.close()))
    const fresh = [...acknowledged].slice(before)
    if (fresh.length === 0) throw new Error(`round ${round}: nothing was acknowledged, so nothing was tried`)
    for (const [i, endpoint] of cluster.endpoints.entries()) await check(endpoint, fresh, i === round % 3)
    console.log(`round ${round}: ${fresh.length} acknowledged, ${failures} lost so far`)
  }
  const all = [...acknowledged]
  for (const [i, endpoint] of cluster.endpoints.entries()) await check(endpoint, all, i === 0)
  console.log(
    `${rounds} rounds of kill -9 on all nodes: ${all.length} versions acknowledged, ${failures} lost`,
  )
} finally {
  await cluster.close()
}
console.log(`${rounds} passed, ${failures} failed`)
process.exit(failures === 0 ? 0 : 1)
