// Once all faults are over: is everything there that was promised? Each broken promise is told to the recorder.
import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { MarketplaceBuilder } from '../../dist/marketplace-builder.js'
import { ChaosClient, keyOf } from './chaos-client.mjs'

const SETTLE_MS = 120_000
const READERS = 8

/** @param keys versions that may exist; `blobFolder` tells where a node keeps its blobs */
export async function judge({ cluster, recorder, keys, signer, random, blobFolder }) {
  const status = await untilAlike(cluster, recorder)
  await readEverywhere({ cluster, recorder, keys, signer, random })
  await searchEverywhere(cluster, recorder)
  await hashBlobs({ cluster, recorder, blobFolder })
  await verifyAll(cluster, recorder)
  const { checkLinearizable } = await import('../../.build/test/history/linearizability.js')
  const verdict = checkLinearizable(recorder.operations)
  if (!verdict.ok) {
    recorder.violate(`no order explains what was seen of ${verdict.key}:`)
    for (const operation of verdict.operations) console.log(`  ${JSON.stringify(operation)}`)
  }
  return { status, checked: verdict.checked }
}

/** All nodes at one index with one state hash, and no blob missing on any. */
async function untilAlike(cluster, recorder) {
  const client = new MarketplaceBuilder().withCluster(cluster.endpoints).build()
  const deadline = Date.now() + SETTLE_MS
  try {
    for (;;) {
      const status = await client.clusterStatus()
      const { nodes } = status
      const indexes = new Set(nodes.map((node) => node.appliedIndex))
      const hashes = new Set(
        nodes.map(({ stateHash }) => stateHash && `${stateHash.index} ${stateHash.hash}`),
      )
      const settled = nodes.every((node) => node.reachable && node.blobsMissing === 0) && indexes.size === 1
      if (settled && hashes.size === 1 && !hashes.has(undefined)) return status
      if (Date.now() > deadline) {
        recorder.violate(`the nodes do not come to agree: ${JSON.stringify(nodes)}`)
        return status
      }
      await pause(200)
    }
  } finally {
    await client.close()
  }
}

/** Every version at every node, by reads that go into the history. */
async function readEverywhere({ cluster, recorder, keys, signer, random }) {
  for (const [i, node] of cluster.nodes.entries()) {
    const reader = new ChaosClient({
      number: 1_000 + i,
      endpoints: [node.client],
      signer,
      random: random.fork(`reader ${i}`),
      keys: undefined,
      recorder,
    })
    const ids = new Map(
      [...keys, ...[...recorder.acknowledged.values()].map(({ id }) => id)].map((id) => [keyOf(id), id]),
    )
    await inParallel([...ids.values()], async (id) => {
      const result = await reader.get(id)
      const promised = recorder.acknowledged.get(keyOf(id))
      if (result === 'fail')
        recorder.violate(`${keyOf(id)} cannot be read at ${node.id}, though no fault is left`)
      else if (promised !== undefined && result !== 'ok')
        recorder.violate(`${keyOf(id)} was acknowledged, and ${node.id} says ${result}`)
    })
    await inParallel([...recorder.acknowledged], async ([key, content]) => {
      if (!(await reader.download(key, content)))
        recorder.violate(`${key} cannot be downloaded at ${node.id}`)
    })
    await reader.client.close()
  }
}

/** Packages that nobody yanks are found at every node, once its index has caught up. */
async function searchEverywhere(cluster, recorder) {
  const names = [...recorder.acknowledged.values()]
    .map(({ id }) => id.name)
    .filter((name) => name.startsWith('own-'))
  const deadline = Date.now() + SETTLE_MS
  for (const node of cluster.nodes) {
    const client = new MarketplaceBuilder().withCluster([node.client]).build()
    const found = async (name) => {
      const { hits } = await client.search({ query: name })
      return hits.some((hit) => hit.id.name === name) ? 'yes' : 'no'
    }
    await inParallel(names, async (name) => {
      for (let said = ''; said !== 'yes'; ) {
        said = await found(name).catch((error) => error.message)
        if (said !== 'yes' && Date.now() > deadline)
          return recorder.violate(`${node.id} does not find ${name} by search: ${said}`)
        if (said !== 'yes') await pause(200)
      }
    })
    await client.close()
  }
}

/** Every acknowledged blob lies on the disk of every node, and hashes to its name. */
async function hashBlobs({ cluster, recorder, blobFolder }) {
  for (const node of cluster.nodes)
    await inParallel([...recorder.acknowledged], async ([key, { sha256 }]) => {
      const path = join(blobFolder(node), sha256.slice(0, 2), sha256.slice(2))
      if (!existsSync(path)) return recorder.violate(`${node.id} has no blob ${sha256}, of ${key}`)
      const hash = createHash('sha256')
      for await (const chunk of createReadStream(path)) hash.update(chunk)
      if (hash.digest('hex') !== sha256)
        recorder.violate(`${node.id} holds other bytes under ${sha256}, of ${key}`)
    })
}

/** Every node reads all that it has and finds it whole: log, state, blobs, and one state hash of everything. */
async function verifyAll(cluster, recorder) {
  const client = new MarketplaceBuilder().withCluster(cluster.endpoints).build()
  let last
  try {
    for await (const picture of client.verifyCluster()) last = picture
  } catch (error) {
    recorder.violate(`cluster verify ended with ${error.message}`)
  } finally {
    await client.close()
  }
  if (last?.ok === true) return
  for (const { id, reachable, trouble, findings, behind } of last?.nodes ?? [])
    recorder.violate(
      `cluster verify: ${id} ${reachable ? JSON.stringify({ findings, behind }) : `was not reached: ${trouble}`}`,
    )
  recorder.violate('cluster verify does not find everything whole')
}

async function inParallel(entries, work) {
  let at = 0
  const worker = async () => {
    while (at < entries.length) await work(entries[at++])
  }
  await Promise.all(Array.from({ length: READERS }, worker))
}
