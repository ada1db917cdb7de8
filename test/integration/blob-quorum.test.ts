import { mkdtemp, open, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BlobRepair } from '../../src/blob/blob-repair.js'
import { FileBlobStore } from '../../src/blob/file-blob-store.js'
import { QuorumBlobStore } from '../../src/blob/quorum-blob-store.js'
import type { Digest } from '../../src/model/content-hash.js'
import {
  type ClusterId,
  type HistoryId,
  type Incarnation,
  type NodeId,
  toNodeId,
} from '../../src/model/node-id.js'
import { GrpcTransport } from '../../src/rpc/grpc-transport.js'
import { silentLogger } from '../../src/runtime/logger.js'
import { silentMetrics } from '../../src/runtime/metrics.js'
import { nodeClock } from '../../src/runtime/node-clock.js'
import { NodeFileSystem } from '../../src/runtime/node-file-system.js'
import { nodeRandom } from '../../src/runtime/node-random.js'
import { blobBytes, digestOf, readAll, streamOf, UploadCut } from '../conformance/blob-store.js'

const IDS = [1, 2, 3].map((number) => toNodeId(`node-${number}`))
const MIB = 1024 * 1024

interface Running {
  readonly transport: GrpcTransport
  readonly local: FileBlobStore
  readonly store: QuorumBlobStore
  readonly repair: BlobRepair
}

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 20_000
  while (!(await condition())) {
    expect(performance.now(), `waited in vain until ${what}`).toBeLessThan(endMs)
    await sleep(10)
  }
}

/** Blobs on real files, over real connections. */
describe('blobs of three nodes over gRPC', () => {
  let root: string
  const nodes = new Map<NodeId, Running>()
  const addresses = new Map<NodeId, string>()
  const referenced = new Set<Digest>()
  const node = (number: number) => nodes.get(IDS[number - 1] as NodeId) as Running

  async function start(id: NodeId): Promise<void> {
    const transport = await GrpcTransport.listen({
      self: {
        nodeId: id,
        clusterId: 'c1'.repeat(16) as ClusterId,
        historyId: 'e1'.repeat(16) as HistoryId,
        incarnation: 'ab'.repeat(16) as Incarnation,
        startMarks: [],
        configurationIndex: 0,
      },
      listen: addresses.get(id) ?? '127.0.0.1:0',
      admit: () => {},
      clock: nodeClock,
      random: nodeRandom,
      logger: silentLogger,
      metrics: silentMetrics,
    })
    addresses.set(id, transport.address)
    const local = await FileBlobStore.open({ files: new NodeFileSystem(root), folder: `${id}/blobs` })
    const parts = { clock: nodeClock, random: nodeRandom }
    const store = new QuorumBlobStore({
      self: id,
      local,
      transport,
      ...parts,
      quorum: { voters: () => [IDS] },
      logTimeMs: () => 1_000_000,
    })
    const repair = new BlobRepair({
      store,
      local,
      ...parts,
      referenced: async function* (after) {
        for (const digest of [...referenced].sort())
          if (after === undefined || digest > after) yield { digest, sizeBytes: undefined }
      },
    })
    transport.onConnection((_peer, connected) => connected && repair.peersChanged())
    nodes.set(id, { transport, local, store, repair })
  }

  function introduce(): void {
    for (const { transport } of nodes.values())
      transport.setPeers([...addresses].map(([id, address]) => ({ id, address })))
  }

  async function stop(id: NodeId): Promise<void> {
    const running = nodes.get(id)
    nodes.delete(id)
    if (running === undefined) return
    const { repair, store, transport, local } = running
    for (const part of [repair, store, transport, local]) await part[Symbol.asyncDispose]()
  }

  async function leftovers(): Promise<string[]> {
    const lists = await Promise.all(IDS.map((id) => readdir(join(root, id, 'blobs', 'tmp'))))
    return lists.flat()
  }

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'blob-quorum-'))
    for (const id of IDS) await start(id)
    introduce()
  })

  afterEach(async () => {
    for (const id of IDS) await stop(id)
    addresses.clear()
    referenced.clear()
    await rm(root, { recursive: true })
  })

  test('a large blob reaches all, is read from each, and a damaged copy is repaired', async () => {
    const bytes = blobBytes(24 * MIB)
    const digest = digestOf(bytes)
    const held = await node(1).store.write(streamOf(bytes, MIB), { digest, sizeBytes: bytes.length })
    expect(held.holders.length).toBeGreaterThanOrEqual(2)
    for (const number of [1, 2, 3]) expect(digestOf(await readAll(node(number).store, digest))).toBe(digest)
    await until('all hold it', async () => (await node(3).local.info(digest)) !== undefined)

    referenced.add(digest)
    const path = join(root, IDS[2] as NodeId, 'blobs', digest.slice(0, 2), digest.slice(2))
    const file = await open(path, 'r+')
    await file.write(Uint8Array.of(0, 1, 2, 3), 0, 4, 5 * MIB)
    await file.close()
    node(3).repair.start()
    expect(await node(3).store.verify(digest)).toBe(false)
    await until('it is repaired', async () => (await node(3).local.info(digest)) !== undefined)
    expect(await node(3).local.verify(digest)).toBe(true)
  })

  test('with one node gone a blob is acknowledged; that node fetches it when it is back', async () => {
    await stop(IDS[2] as NodeId)
    const blobs = Array.from({ length: 20 }, (_, i) => blobBytes(10_000 * i + 1, i + 1))
    for (const bytes of blobs) {
      const held = await node(1).store.write(streamOf(bytes), { digest: digestOf(bytes) })
      expect(held.holders).toEqual(['node-1', 'node-2'])
      referenced.add(held.digest)
    }
    await start(IDS[2] as NodeId)
    introduce()
    const { repair, local } = node(3)
    repair.start()
    await until('nothing is missing', () => repair.scrubbed && repair.missing() === 0)
    for (const digest of referenced) expect(await local.verify(digest)).toBe(true)
  })

  test('an upload that is cut leaves nothing on any disk', async () => {
    const bytes = blobBytes(8 * MIB)
    const writing = node(1).store.write(streamOf(bytes, 256 * 1024, 6 * MIB), { digest: digestOf(bytes) })
    await expect(writing).rejects.toThrow(UploadCut)
    await until('no temporary file is left', async () => (await leftovers()).length === 0)
    for (const { local } of nodes.values()) expect(await local.info(digestOf(bytes))).toBeUndefined()
  })

  test('a node that goes away while a blob is sent costs a holder, and no more', async () => {
    const bytes = blobBytes(16 * MIB)
    async function* source() {
      let sent = 0
      for await (const piece of streamOf(bytes, 256 * 1024)) {
        yield piece
        sent += piece.length
        if (sent === 8 * MIB) await stop(IDS[1] as NodeId)
      }
    }
    const held = await node(1).store.write(source(), { digest: digestOf(bytes) })
    expect(held.holders).toEqual(['node-1', 'node-3'])
    expect(digestOf(await readAll(node(3).store, held.digest))).toBe(held.digest)
  })
})
