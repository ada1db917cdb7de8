import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { drainMicrotasks, runUntil } from '../../test/sim/run-until.js'
import { SeededRandom } from '../../test/sim/seeded-random.js'
import { SimClock } from '../../test/sim/sim-clock.js'
import { SimDisk } from '../../test/sim/sim-disk.js'
import type { ClusterId, HistoryId, Incarnation, NodeId } from '../model/node-id.js'
import { START_MARKS_MAX, type StartMark } from '../model/start-mark.js'
import { NodeFileSystem } from '../runtime/node-file-system.js'
import { nodeRandom } from '../runtime/node-random.js'
import { DataFolder } from './data-folder.js'
import { FolderIdentity } from './folder-identity.js'
import { LevelFolderLock } from './level/level-folder-lock.js'
import { LevelStateFolders } from './level/level-state-folders.js'
import { replaceFile } from './replace-file.js'
import { sealText } from './sealed-text.js'

const OWNER = {
  clusterId: 'c1'.repeat(16) as ClusterId,
  historyId: 'e1'.repeat(16) as HistoryId,
  nodeId: 'node-1' as NodeId,
}
const PEER = 'node-2' as NodeId
const mark = (digit: string) => `0000000${digit}`.repeat(4) as StartMark
const A = { incarnation: 'aa'.repeat(16) as Incarnation, startMarks: [mark('1'), mark('2')] }
const B = { incarnation: 'bb'.repeat(16) as Incarnation, startMarks: [mark('3')] }
const KNOWN_A = { incarnation: A.incarnation, startMark: mark('2') }

describe('a data folder', () => {
  let root: string
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'data-'))
  })
  afterEach(async () => await rm(root, { recursive: true }))

  const open = (owner = OWNER, processId = process.pid) =>
    DataFolder.open({
      fileSystem: new NodeFileSystem(root),
      lock: new LevelFolderLock(join(root, 'lock')),
      owner,
      random: nodeRandom,
      processId,
      displayPath: root,
    })

  test('keeps its identity from start to start', async () => {
    const first = await open()
    const { incarnation } = first.identity
    expect(incarnation).toMatch(/^[0-9a-f]{32}$/)
    await first[Symbol.asyncDispose]()
    const second = await open()
    expect(second.identity.incarnation).toBe(incarnation)
    expect(second.identity.nodeId).toBe('node-1')
    await second[Symbol.asyncDispose]()
  })

  test('whose lock the disk refuses is said to be so, not taken for a fault of this program', async () => {
    await replaceFile(new NodeFileSystem(root), 'lock', new Uint8Array(1))
    await expect(open()).rejects.toMatchObject({
      reason: 'STORAGE_FAILED',
      message: expect.stringContaining(join(root, 'lock')),
    })
  })

  test('of another node or cluster is refused, naming both, and stays usable for its owner', async () => {
    await (await open())[Symbol.asyncDispose]()
    const other = { ...OWNER, clusterId: 'd2'.repeat(16) as ClusterId, nodeId: 'node-9' as NodeId }
    const refusal = await open(other).catch((error: Error) => error)
    expect(refusal).toMatchObject({ reason: 'FOLDER_FOREIGN' })
    for (const named of [OWNER.clusterId, OWNER.nodeId, other.clusterId, other.nodeId])
      expect((refusal as Error).message).toContain(named)
    await expect(open({ ...OWNER, nodeId: other.nodeId })).rejects.toMatchObject({ reason: 'FOLDER_FOREIGN' })
    await (await open())[Symbol.asyncDispose]()
  })

  test('in use is refused, naming the process, and free again when that one closes it', async () => {
    const holder = await open(OWNER, 4711)
    await expect(open()).rejects.toMatchObject({ reason: 'FOLDER_LOCKED', details: { processId: '4711' } })
    await expect(open()).rejects.toThrow('process 4711')
    await holder[Symbol.asyncDispose]()
    await (await open())[Symbol.asyncDispose]()
  })

  test('held by another process is locked until that process ends, however it ends', async () => {
    const child = await holdInChild(join(root, 'lock'))
    await expect(open()).rejects.toMatchObject({ reason: 'FOLDER_LOCKED' })
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
    await (await open())[Symbol.asyncDispose]()
  })

  test('stays locked while the states in it are opened, synced and replaced', async () => {
    const folder = await open()
    const states = new LevelStateFolders({ root, fileSystem: new NodeFileSystem(root) })
    const store = await states.openCurrent()
    await states.syncCurrent()
    await expectLockedForChild(join(root, 'lock'))
    await expectLockedForChild(join(root, 'state-1'))
    await store[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
  })

  test('a folder that is not there is an error that names it', async () => {
    await rm(root, { recursive: true })
    await expect(
      DataFolder.open({
        fileSystem: new NodeFileSystem(root),
        lock: { tryAcquire: async () => ({ async [Symbol.asyncDispose]() {} }) },
        owner: OWNER,
        random: nodeRandom,
        processId: 1,
        displayPath: root,
      }),
    ).rejects.toThrow(root)
    await new NodeFileSystem(root).makeFolder('')
  })
})

/** A Node process that takes LevelDB's lock and keeps it. */
async function holdInChild(location: string): Promise<ChildProcess> {
  const { child, output } = runChild(location)
  expect(await output).toBe('held\n')
  return child
}

async function expectLockedForChild(location: string): Promise<void> {
  const { child, output } = runChild(location)
  expect(await output).toBe('locked\n')
  child.kill('SIGKILL')
}

function runChild(location: string): { child: ChildProcess; output: Promise<string> } {
  const program = `
    const { ClassicLevel } = require('classic-level')
    new ClassicLevel(process.argv[1]).open().then(
      () => { console.log('held'); setInterval(() => {}, 1000) },
      (error) => console.log(error.cause.code === 'LEVEL_LOCKED' ? 'locked' : String(error.cause)),
    )`
  const child = spawn(process.execPath, ['-e', program, location], { stdio: ['ignore', 'pipe', 'inherit'] })
  const output = new Promise<string>((resolve) => {
    child.stdout?.once('data', (data: Buffer) => resolve(data.toString()))
    child.once('exit', () => resolve('ended'))
  })
  return { child, output }
}

describe('the identity of a folder', () => {
  function make(seed = 3) {
    const time = new SimClock()
    const disk = new SimDisk({ clock: time.forNode(), random: new SeededRandom(seed) })
    const random = new SeededRandom(seed).fork('identity')
    const settle = <T>(promise: Promise<T>) => runUntil(time, promise)
    const open = () => settle(FolderIdentity.open(disk.fileSystem(), OWNER, random))
    return { time, disk, settle, open }
  }

  test('once given out survives a crash, and so do admission and peers', async () => {
    for (let seed = 0; seed < 40; seed++) {
      const { disk, settle, open } = make(seed)
      const first = await open()
      expect(first.admitted).toBe(false)
      disk.crash()
      const second = await open()
      expect(second.incarnation).toBe(first.incarnation)
      expect(await settle(second.drawStartMark())).toBe(true)
      await settle(second.markAdmitted())
      await settle(second.rememberPeer(PEER, A))
      disk.crash()
      const third = await open()
      expect(third.admitted).toBe(true)
      expect(third.knownPeer(PEER)).toEqual(KNOWN_A)
      expect(third.startMarks).toEqual(second.startMarks)
      expect(third.startMarks.length).toBe(1)
      expect(third.incarnation).toBe(first.incarnation)
    }
  })

  test('is whole or not there, wherever a crash cuts its making', async () => {
    for (let seed = 0; seed < 100; seed++) {
      const { disk, open, time } = make(seed)
      void open().catch(() => {})
      await drainMicrotasks()
      for (let events = seed % 12; events > 0; events--) {
        time.runNext()
        await drainMicrotasks()
      }
      disk.crash()
      expect((await open()).nodeId).toBe('node-1')
    }
  })

  test('remembers the first incarnation of a peer, also when two come at once', async () => {
    const { disk, settle, open } = make()
    const identity = await open()
    await settle(Promise.all([identity.rememberPeer(PEER, A), identity.rememberPeer(PEER, B)]))
    await settle(identity.rememberPeer(PEER, B))
    expect(identity.knownPeer(PEER)).toEqual(KNOWN_A)
    disk.crash()
    expect((await open()).knownPeer(PEER)).toEqual(KNOWN_A)
  })

  test('remembers what others told of peers through a crash, beside what it was shown', async () => {
    const { disk, settle, open } = make()
    const identity = await open()
    const told = (id: string, digit: string) => ({
      id: id as NodeId,
      incarnation: A.incarnation,
      startMark: mark(digit),
    })
    await settle(identity.rememberPeer(PEER, A))
    await settle(identity.hearOfPeers([told(PEER, '4'), told('node-3', '1')]))
    disk.crash()
    const again = await open()
    expect(again.knownPeer(PEER)).toEqual({ ...KNOWN_A, heardMark: mark('4') })
    expect(again.knownPeer('node-3' as NodeId)).toEqual({
      incarnation: A.incarnation,
      startMark: undefined,
      heardMark: mark('1'),
    })
    await settle(again.rememberPeer(PEER, A))
    await settle(again.rememberPeer('node-3' as NodeId, A))
    disk.crash()
    const last = await open()
    expect(last.knownPeer(PEER)).toEqual({ ...KNOWN_A, heardMark: mark('4') })
    expect(last.knownPeer('node-3' as NodeId)).toEqual(KNOWN_A)
  })

  test('reads a list of peers of the format before', async () => {
    const { disk, settle, open } = make()
    await open()
    const lines = ['ggen-marketplace peers 2', `peer ${PEER} ${A.incarnation} ${mark('2')}`]
    await settle(replaceFile(disk.fileSystem(), 'peers', sealText(lines)))
    expect((await open()).knownPeer(PEER)).toEqual(KNOWN_A)
  })

  test('remembers the newest start of a peer, and no list that lacks it', async () => {
    const { disk, settle, open } = make()
    const identity = await open()
    const { incarnation } = A
    const later = { incarnation, startMarks: [mark('2'), mark('4')] }
    const olderCopy = { incarnation, startMarks: [mark('1'), mark('2'), mark('5')] }
    await settle(Promise.all([A, later, olderCopy].map((shown) => identity.rememberPeer(PEER, shown))))
    expect(identity.knownPeer(PEER)).toEqual({ incarnation, startMark: mark('4') })
    disk.crash()
    expect((await open()).knownPeer(PEER)).toEqual({ incarnation, startMark: mark('4') })
  })

  test('keeps its marks until they are dropped, and no more than it may', async () => {
    const { settle, open } = make()
    const identity = await open()
    for (let count = 0; count < START_MARKS_MAX; count++)
      expect(await settle(identity.drawStartMark())).toBe(true)
    const all = identity.startMarks
    expect(new Set(all).size).toBe(START_MARKS_MAX)
    expect(await settle(identity.drawStartMark())).toBe(false)
    await settle(identity.dropMarksBefore(all.at(-2) as StartMark, []))
    expect((await open()).startMarks).toEqual(all.slice(-2))
    await settle(identity.dropMarksBefore(mark('9'), []))
    expect(identity.startMarks).toEqual(all.slice(-2))
  })

  test('keeps whom it was shown to until they are forgotten', async () => {
    const { disk, settle, open } = make()
    const identity = await open()
    const other = 'node-9' as NodeId
    await settle(Promise.all([PEER, other, PEER].map((peer) => identity.willShow(peer))))
    await settle(identity.drawStartMark())
    disk.crash()
    const again = await open()
    expect([again.shownTo, again.startMarks]).toEqual([[PEER, other], identity.startMarks])
    await settle(again.dropMarksBefore(again.startMarks[0] as StartMark, [PEER]))
    const last = await open()
    expect([last.shownTo, last.startMarks]).toEqual([[other], identity.startMarks])
  })

  test('of the format without those who were shown it was shown to nobody', async () => {
    const { disk, settle, open } = make()
    const made = await open()
    await settle(made.drawStartMark())
    const lines = new TextDecoder().decode(disk.peek('identity')).split('\n').slice(0, -2)
    const older = lines.map((line) => line.replace(/folder 4$/, 'folder 3'))
    expect(older).not.toEqual(lines)
    await settle(replaceFile(disk.fileSystem(), 'identity', sealText(older)))
    const again = await open()
    expect([again.shownTo, again.startMarks, again.historyId]).toEqual([[], made.startMarks, made.historyId])
  })

  test('changed twice at once keeps both changes', async () => {
    const { settle, open } = make()
    const identity = await open()
    await settle(Promise.all([identity.drawStartMark(), identity.markAdmitted(), identity.drawStartMark()]))
    const again = await open()
    expect([again.admitted, again.startMarks]).toEqual([true, identity.startMarks])
    expect(again.startMarks.length).toBe(2)
  })

  test('begins another history: that one is shown from then on, and nobody is remembered any more', async () => {
    const { disk, settle, open } = make()
    const identity = await open()
    await settle(identity.rememberPeer(PEER, A))
    const historyId = 'e2'.repeat(16) as HistoryId
    await settle(identity.beginHistory(historyId))
    disk.crash()
    const again = await open()
    expect([again.historyId, again.knownPeer(PEER)]).toEqual([historyId, undefined])
    expect([again.incarnation, again.startMarks]).toEqual([identity.incarnation, identity.startMarks])
  })

  test('of the format without a history is of the first one of its cluster', async () => {
    const { disk, settle, open } = make()
    const made = await open()
    await settle(made.drawStartMark())
    const lines = new TextDecoder().decode(disk.peek('identity')).split('\n').slice(0, -2)
    const older = lines
      .filter((line) => !line.startsWith('history '))
      .map((line) => line.replace(/folder 4$/, 'folder 2'))
    expect(older.length).toBe(lines.length - 1)
    await settle(replaceFile(disk.fileSystem(), 'identity', sealText(older)))
    const again = await open()
    expect([again.historyId, again.incarnation]).toEqual([OWNER.historyId, made.incarnation])
    expect(again.startMarks).toEqual(made.startMarks)
  })

  test('a peer is known only once it is durable', async () => {
    const { time, open } = make()
    const identity = await open()
    const remembering = identity.rememberPeer(PEER, A)
    await drainMicrotasks()
    expect(identity.knownPeer(PEER)).toBeUndefined()
    await runUntil(time, remembering)
    expect(identity.knownPeer(PEER)).toEqual(KNOWN_A)
  })

  test('damaged or missing beside a log is never made anew', async () => {
    for (const damage of ['identity', 'peers'] as const) {
      const { disk, settle, open } = make()
      await settle((await open()).rememberPeer(PEER, A))
      for (const { sizeBytes } of disk.files().filter(({ path }) => path === damage)) {
        for (let offset = 0; offset < sizeBytes; offset += 7) {
          disk.flipBit(damage, offset, offset % 8)
          await expect(open()).rejects.toMatchObject({ reason: 'STORAGE_CORRUPT', details: { file: damage } })
          disk.flipBit(damage, offset, offset % 8)
        }
      }
      await open()
    }
    const { disk, settle, open } = make()
    await open()
    await settle(disk.fileSystem().makeFolder('wal'))
    await settle(disk.fileSystem().remove('identity'))
    await expect(open()).rejects.toMatchObject({ reason: 'STORAGE_CORRUPT' })
  })

  test('without its list of peers is refused: they would be forgotten', async () => {
    const { disk, settle, open } = make()
    await settle((await open()).markAdmitted())
    await settle(disk.fileSystem().remove('peers'))
    await expect(open()).rejects.toMatchObject({
      reason: 'STORAGE_CORRUPT',
      message: expect.stringContaining('peers: it is missing'),
      help: expect.stringContaining('new member'),
      details: { file: 'peers' },
    })
  })

  test('missing beside a list with peers is never made anew', async () => {
    const { disk, settle, open } = make()
    await settle((await open()).rememberPeer(PEER, A))
    await settle(disk.fileSystem().remove('identity'))
    await expect(open()).rejects.toMatchObject({ reason: 'STORAGE_CORRUPT', details: { file: 'identity' } })
  })

  test('of a later format is refused with its version', async () => {
    const { disk, settle, open } = make()
    await open()
    await settle(
      replaceFile(disk.fileSystem(), 'identity', sealText(['ggen-marketplace data folder 5', 'all else'])),
    )
    await expect(open()).rejects.toMatchObject({
      reason: 'VERSION_UNSUPPORTED',
      help: expect.stringContaining('newer program'),
    })
  })

  test('of the format before is refused, saying that it is older', async () => {
    const { disk, settle, open } = make()
    await open()
    await settle(
      replaceFile(disk.fileSystem(), 'identity', sealText(['ggen-marketplace data folder 1', 'all else'])),
    )
    await expect(open()).rejects.toMatchObject({
      reason: 'VERSION_UNSUPPORTED',
      help: expect.stringContaining('empty data folders'),
    })
  })
})
