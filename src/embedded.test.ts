import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { expectRefusal } from '../test/conformance/market.js'
import {
  archiveOf,
  metadataOf,
  sha256,
  signedChange,
  signedVersion,
} from '../test/registry/signed-package.js'
import {
  type EmbeddedRegistry,
  type LockHolder,
  openLocalRegistry,
  openMemoryRegistry,
  openPackageStore,
} from './embedded.js'
import { contentOf } from './interface/whole-content.js'
import { sha256Hash } from './model/content-hash.js'
import type { ClusterId, HistoryId, NodeId } from './model/node-id.js'
import { parsePackageRef } from './model/package-id.js'
import { NodeFileSystem } from './runtime/node-file-system.js'
import { nodeRandom } from './runtime/node-random.js'
import { DataFolder } from './storage/data-folder.js'
import { LevelFolderLock } from './storage/level/level-folder-lock.js'

let folder: string
const opened: AsyncDisposable[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ggen-embedded-'))
})
afterEach(async () => {
  for (const each of opened.splice(0)) await each[Symbol.asyncDispose]()
  // A merge of the search index that was dropped may write one more file.
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
})

async function open(options: Partial<Parameters<typeof openLocalRegistry>[0]> = {}) {
  const registry = await openLocalRegistry({ folder, search: 'memory', ...options })
  opened.push(registry)
  return registry
}

async function close(registry: EmbeddedRegistry): Promise<void> {
  opened.splice(opened.indexOf(registry), 1)
  await registry[Symbol.asyncDispose]()
}

async function publish({ registry }: EmbeddedRegistry, id: string): Promise<Uint8Array> {
  const metadata = metadataOf(id, { description: 'to be found again' })
  const bytes = await archiveOf(metadata)
  const contentHash = sha256Hash(sha256(bytes))
  const version = { ...signedVersion(metadata, { contentHash }), contentHash }
  await registry.publish?.(version, contentOf(bytes, contentHash.digest))
  return bytes
}

describe('a registry in a folder', () => {
  test('has after a restart what it acknowledged before: versions, content, changes, and its search index', async () => {
    for (const search of ['tantivy', 'memory'] as const) {
      const first = await open({ search })
      const id = metadataOf(`${search}/web@1.0.0`).id
      const bytes = await publish(first, `${search}/web@1.0.0`)
      await publish(first, `${search}/web@1.1.0`)
      const identity = await first.registry.identity()
      await first.registry.yank(
        signedChange('yank', metadataOf(`${search}/web@1.1.0`).id, identity.clusterId),
      )
      await close(first)

      const second = await open({ search })
      expect(await second.registry.identity()).toEqual(identity)
      const { version, index } = await second.registry.get(parsePackageRef(`${search}/web`))
      expect(version.metadata.id).toEqual(id)
      expect(Buffer.from(await second.store.get(sha256(bytes)))).toEqual(Buffer.from(bytes))
      const { hits } = await second.search.search({ query: 'found again', minIndex: index })
      expect(hits.map((hit) => hit.id)).toContainEqual(id)
      await close(second)
    }
  })

  test('whose search index is of another schema makes it anew from its state', async () => {
    const first = await open({ search: 'tantivy' })
    const metadata = metadataOf('able/check@1.0.0', { capabilities: ['json-schema'] })
    const { index } = await first.registry.register(signedVersion(metadata))
    await first.search.stats({ minIndex: index })
    await close(first)
    const generation = () => readFile(join(folder, 'search/current'), 'utf8')
    const before = await generation()
    const meta = join(folder, 'search', before.trim(), 'meta.json')
    const text = await readFile(meta, 'utf8')
    const older = text.replace(/\\"schemaVersion\\":\d+/, '\\"schemaVersion\\":1')
    expect(older).not.toBe(text)
    await writeFile(meta, older)

    const second = await open({ search: 'tantivy' })
    const filter = { capabilities: ['json-schema'] }
    const { hits } = await second.search.search({ query: '', filter, minIndex: index })
    expect(hits.map(({ id }) => id.name)).toEqual(['check'])
    expect(await generation()).not.toBe(before)
  })

  test('is another registry than that of every other folder: what is signed for one means nothing to the other', async () => {
    const one = await open()
    const other = await open({ folder: join(folder, 'other') })
    const [ids, others] = [await one.registry.identity(), await other.registry.identity()]
    expect(ids.clusterId).not.toBe(others.clusterId)
    expect(ids.historyId).not.toBe(others.historyId)
    await publish(other, 'acme/web@1.0.0')
    const change = signedChange('yank', metadataOf('acme/web@1.0.0').id, ids.clusterId)
    await expectRefusal(other.registry.yank(change), 'SIGNATURE_INVALID')
  })

  test('that another one has open is waited for', async () => {
    const first = await open()
    await publish(first, 'acme/web@1.0.0')
    const second = open()
    await Promise.race([second, new Promise((resolve) => setImmediate(resolve))])
    await close(first)
    expect((await (await second).registry.getStats()).versions).toBe(1)
  })

  test('that stays open elsewhere is refused after the wait, naming the process that has it', async () => {
    await open()
    const waited: LockHolder[] = []
    const onLockWait = (holder: LockHolder) => waited.push(holder)
    const refusal = await expectRefusal(open({ lockWaitMs: 0, onLockWait }), 'FOLDER_LOCKED')
    expect(waited).toEqual([])
    expect(refusal.message).toContain(`process ${process.pid}`)
    await expectRefusal(open({ lockWaitMs: 1_500, onLockWait }), 'FOLDER_LOCKED')
    expect(waited).toEqual([{ folder, processId: `${process.pid}` }])
    expect(refusal.message).toContain(folder)
  })

  test('keeps packages elsewhere where it is told to', async () => {
    const packagesFolder = join(folder, 'packages')
    const registry = await open({ folder: join(folder, 'registry'), packagesFolder })
    const bytes = await publish(registry, 'acme/web@1.0.0')
    await close(registry)
    const store = await openPackageStore(packagesFolder)
    opened.push(store)
    expect(await store.metadata(sha256(bytes))).toEqual({ sha256: sha256(bytes), sizeBytes: bytes.length })
  })

  test('whose packages lie elsewhere keeps others out of there: now, and another registry for good', async () => {
    const packagesFolder = join(folder, 'packages')
    const ours = { folder: join(folder, 'ours'), packagesFolder }
    const theirs = { folder: join(folder, 'theirs'), packagesFolder, lockWaitMs: 0 }
    const registry = await open(ours)
    const bytes = await publish(registry, 'acme/web@1.0.0')
    const locked = await expectRefusal(open(theirs), 'FOLDER_LOCKED')
    expect(locked.message).toContain(packagesFolder)
    await close(registry)
    const foreign = await expectRefusal(open(theirs), 'FOLDER_FOREIGN')
    expect(foreign.message).toContain(packagesFolder)
    const dataFolder = await expectRefusal(open({ ...theirs, packagesFolder: ours.folder }), 'FOLDER_FOREIGN')
    expect(dataFolder.message).toContain('the data folder of another registry')
    const again = await open(ours)
    expect(Buffer.from(await again.store.get(sha256(bytes)))).toEqual(Buffer.from(bytes))
    await close(again)
    await writeFile(join(packagesFolder, 'packages-of'), 'nothing')
    await expectRefusal(open(ours), 'STORAGE_CORRUPT')
  })

  test('may be told to keep its packages where it keeps all else', async () => {
    const registry = await open({ packagesFolder: folder })
    const bytes = await publish(registry, 'acme/web@1.0.0')
    await close(registry)
    expect(await (await open()).store.exists(sha256(bytes))).toBe(true)
  })

  test('refuses the data folder of a cluster’s node, and leaves it as it is', async () => {
    const files = new NodeFileSystem(folder)
    await mkdir(join(folder, 'lock'))
    const node = await DataFolder.open({
      fileSystem: files,
      lock: new LevelFolderLock(join(folder, 'lock')),
      owner: {
        clusterId: 'c1'.repeat(16) as ClusterId,
        historyId: 'a0'.repeat(16) as HistoryId,
        nodeId: 'node-1' as NodeId,
      },
      random: nodeRandom,
      processId: process.pid,
      displayPath: folder,
    })
    await node[Symbol.asyncDispose]()
    const before = await files.list('')
    await expectRefusal(open(), 'FOLDER_FOREIGN')
    expect(await files.list('')).toEqual(before)
  })

  test('whose place is taken by a file says so', async () => {
    await writeFile(join(folder, 'file'), '')
    await expectRefusal(open({ folder: join(folder, 'file') }), 'CONFIG_INVALID')
  })

  test('whose secret is damaged is refused', async () => {
    await close(await open())
    await writeFile(join(folder, 'registry'), 'ggen-marketplace embedded registry 1\n')
    await expectRefusal(open(), 'STORAGE_CORRUPT')
  })
})

test('two registries in memory know nothing of each other', async () => {
  const [one, other] = [await openMemoryRegistry(), await openMemoryRegistry()]
  opened.push(one, other)
  await publish(one, 'acme/web@1.0.0')
  expect((await other.registry.getStats()).versions).toBe(0)
  expect((await one.registry.identity()).historyId).not.toBe((await other.registry.identity()).historyId)
})
