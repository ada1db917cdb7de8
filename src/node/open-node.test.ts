import { describe, expect, test } from 'vitest'
import { drainMicrotasks, runUntil } from '../../test/sim/run-until.js'
import { SeededRandom } from '../../test/sim/seeded-random.js'
import { SimClock } from '../../test/sim/sim-clock.js'
import { SimDisk } from '../../test/sim/sim-disk.js'
import { SimStateDisk } from '../../test/sim/sim-key-value-store.js'
import { SimNetwork } from '../../test/sim/sim-network.js'
import { register } from '../../test/state/history.js'
import type { MarketplaceError } from '../model/error.js'
import { toNodeId } from '../model/node-id.js'
import { bootstrapConfiguration, bootstrapState } from '../raft/bootstrap.js'
import type { SnapshotMark } from '../raft/entry.js'
import { silentLogger } from '../runtime/logger.js'
import { silentMetrics } from '../runtime/metrics.js'
import { readSnapshot, writeSnapshot } from '../state/snapshot.js'
import { FolderIdentity } from '../storage/folder-identity.js'
import { align, RECORD_HEADER_BYTES } from '../storage/wal/record.js'
import { decodeSegmentHeader, seedOf } from '../storage/wal/segment-header.js'
import { scanRecords } from '../storage/wal/segment-scan.js'
import { Wal } from '../storage/wal/wal.js'
import { MemberList } from './member-list.js'
import { NODE_DEFAULTS } from './node-options.js'
import { type OpenedNode, type OpenNodeParts, openNode } from './open-node.js'
import { StateHolder } from './state-holder.js'

const id = toNodeId('node-1')
const seed = { clusterToken: 'open node', members: [{ id, address: 'node-1:1' }] }
const SEGMENT = 'wal/0000000000000001.wal'

/** A cluster of one, whose disk outlives its processes. */
class Machine {
  readonly clock = new SimClock()
  readonly disk: SimDisk
  readonly states: SimStateDisk
  readonly random: SeededRandom
  #network: SimNetwork

  constructor(number: number) {
    this.random = new SeededRandom(number)
    this.disk = new SimDisk({ clock: this.clock.forNode(), random: this.random.fork('disk') })
    this.states = new SimStateDisk({ clock: this.clock.forNode(), random: this.random.fork('states') })
    this.#network = new SimNetwork({ clock: this.clock, random: this.random.fork('network') })
  }

  settle<T>(promise: Promise<T>): Promise<T> {
    return runUntil(this.clock, promise)
  }

  openLog(): Promise<Wal> {
    return Wal.open({
      fileSystem: this.disk.fileSystem(),
      clock: this.clock.forNode(),
      random: this.random,
      bootId: this.disk.bootId,
      segmentBytes: 16 * 1024,
      quickSegmentBytes: 16 * 1024,
      bootstrap: bootstrapState(seed),
    })
  }

  open(): Promise<OpenedNode> {
    return this.settle(this.begin())
  }

  async begin(parts: Partial<OpenNodeParts> = {}): Promise<OpenedNode> {
    const { clusterId, historyId } = bootstrapConfiguration(seed)
    this.#network.crash(id)
    const owner = { clusterId, historyId, nodeId: id }
    const identity = await FolderIdentity.open(this.disk.fileSystem(), owner, this.random)
    return await openNode({
      id,
      beginning: { type: 'found', seed },
      members: new MemberList(id),
      openLog: () => this.openLog(),
      folders: this.states.folders(),
      identity,
      transport: this.#network.endpoint(id),
      clock: this.clock.forNode(),
      random: this.random,
      logger: silentLogger,
      metrics: silentMetrics,
      options: NODE_DEFAULTS,
      stopped: () => false,
      ...parts,
    })
  }

  /** Starts, registers so many packages, and closes everything. Resolves with how far the state came. */
  async live(packages: number): Promise<SnapshotMark> {
    const opened = await this.open()
    const { node, log, holder } = opened
    node.start()
    for (let i = 1; i <= packages; i++)
      await this.settle(node.propose(register(`acme/web@1.0.${i}`), { deadlineMs: 20_000 }))
    await this.settle(node.stop())
    const { appliedIndex: index, appliedTerm: term } = holder.machine
    await this.settle(Promise.all([log[Symbol.asyncDispose](), holder.close()]))
    return { index, term, configuration: bootstrapState(seed).entries[0]?.payload as Uint8Array }
  }

  crash(): void {
    this.disk.crash()
    this.states.crash()
  }
}

/** Where each entry of the log lies. */
function entriesOf(segment: Uint8Array): { readonly index: number; readonly offset: number }[] {
  const { header, sizeBytes } = decodeSegmentHeader(segment)
  const view = new DataView(segment.buffer, segment.byteOffset)
  let at = sizeBytes
  return scanRecords(segment, { offset: at, crc: seedOf(header.segmentId) }).records.flatMap((record) => {
    const offset = at
    at += align(RECORD_HEADER_BYTES + view.getUint32(at, true))
    return record.type === 'entry' ? [{ index: record.entry.index, offset }] : []
  })
}

describe('a log that has lost its end', () => {
  test.each(['zero', 'cut'] as const)(
    '(%s) below what the state holds is refused, naming both, at every start',
    async (how) => {
      const machine = new Machine(1)
      const { index: applied } = await machine.live(5)
      machine.crash()
      const lost = entriesOf(machine.disk.peek(SEGMENT)).find(({ index }) => index === applied - 1)
      machine.disk.loseEnd(SEGMENT, lost?.offset as number, how)
      for (let start = 0; start < 2; start++) {
        await expect(machine.open()).rejects.toMatchObject({
          reason: 'STORAGE_CORRUPT',
          message: expect.stringContaining(SEGMENT),
          help: expect.stringContaining('new member'),
        })
        machine.crash()
      }
    },
  )

  test('says how far the log goes and how far the state', async () => {
    const machine = new Machine(2)
    const { index: applied } = await machine.live(5)
    machine.crash()
    const lost = entriesOf(machine.disk.peek(SEGMENT)).find(({ index }) => index === applied - 1)
    machine.disk.loseEnd(SEGMENT, lost?.offset as number, 'zero')
    const offset = String(lost?.offset)
    await expect(machine.open()).rejects.toMatchObject({
      message: expect.stringMatching(
        new RegExp(`offset ${offset} with entry ${applied - 2}.*entry ${applied}`),
      ),
      details: { file: SEGMENT, offset, lastIndex: String(applied - 2), appliedIndex: String(applied) },
    })
  })

  test('above what the state holds cannot be told from one that never had it', async () => {
    const machine = new Machine(3)
    await machine.live(5)
    machine.crash()
    machine.states.wipe()
    const opened = await machine.open()
    expect(opened.holder.machine.appliedIndex).toBe(0)
    expect(opened.log.recovered.entries.length).toBeGreaterThan(5)
  })
})

describe('a received state', () => {
  test('whose install a crash cuts at any moment is in force with its log, or is not', async () => {
    const sender = new Machine(100)
    const mark = await sender.live(8)
    const sent = await sender.settle(StateHolder.open(sender.states.folders()))
    const seen = { before: 0, between: 0, after: 0 }
    for (let number = 1; number <= 150; number++) {
      const machine = new Machine(number)
      const { index: own } = await machine.live(2)
      const folders = machine.states.folders()
      const [holder, log] = await machine.settle(Promise.all([StateHolder.open(folders), machine.openLog()]))
      const next = await machine.settle(folders.createNext())
      const snapshot = await sent.snapshot()
      await machine.settle(readSnapshot(writeSnapshot(snapshot), next))
      await machine.settle(Promise.all([snapshot[Symbol.asyncDispose](), next[Symbol.asyncDispose]()]))

      void holder.swap(() => log.reset(mark))
      for (let event = number % 15; event > 0; event--) {
        await drainMicrotasks()
        machine.clock.runNext()
      }
      await drainMicrotasks()
      machine.crash()

      const unfinished = machine.states.isInstalling
      const opened = await machine.open()
      const { appliedIndex } = opened.holder.machine
      expect([own, mark.index]).toContain(appliedIndex)
      expect(unfinished && appliedIndex === own).toBe(false)
      if (appliedIndex === mark.index) expect(opened.node.status().raft.lastIndex).toBe(mark.index)
      expect(machine.states.isInstalling).toBe(false)
      if (appliedIndex === own) seen.before++
      else if (opened.log.recovered.mark.index === mark.index) seen.after++
      else seen.between++
      await machine.settle(Promise.all([opened.log[Symbol.asyncDispose](), opened.holder.close()]))
      machine.crash()
      expect((await machine.open()).holder.machine.appliedIndex).toBe(appliedIndex)
    }
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0)
  })
})

test('while the log is read nobody is let in or turned away for good; then whoever was removed is told that', async () => {
  const machine = new Machine(9)
  await machine.live(3)
  let reading = false
  let readOn = () => {}
  const mayRead = new Promise<void>((resolve) => {
    readOn = resolve
  })
  const members = new MemberList(id)
  const verdict = (peer: string, shownIndex: number) => {
    try {
      members.check(toNodeId(peer), shownIndex)
      return 'let in'
    } catch (error) {
      return (error as MarketplaceError).reason
    }
  }
  const opening = machine.begin({
    members,
    openLog: async () => {
      reading = true
      await mayRead
      return machine.openLog()
    },
  })
  while (!reading) {
    machine.clock.runNext()
    await drainMicrotasks()
  }
  expect([verdict('node-9', 1), verdict('node-9', 2)]).toEqual(['UNREACHABLE', 'UNREACHABLE'])
  readOn()
  const { log, holder } = await machine.settle(opening)
  expect([verdict('node-9', 1), verdict('node-9', 2)]).toEqual(['MEMBER_REMOVED', 'let in'])
  await machine.settle(Promise.all([log[Symbol.asyncDispose](), holder.close()]))
})

test('a node that meets a command that its build does not know applies nothing more, and says that it is too old', async () => {
  const machine = new Machine(10)
  const { index, term } = await machine.live(3)
  const log = await machine.settle(machine.openLog())
  const payload = Uint8Array.of(1, 200, ...new Array(16).fill(0))
  const stampMs = 1
  const entry = { index: index + 1, term, type: 'command', stampMs, payload } as const
  const { hardState } = log.recovered
  await machine.settle(log.append({ ...hardState, commit: index }, [entry]))
  await machine.settle(log[Symbol.asyncDispose]())
  let fault: MarketplaceError | undefined
  const opened = await machine.settle(
    machine.begin({
      onFault: (told) => {
        fault = told
      },
    }),
  )
  opened.node.start()
  await expect(
    machine.settle(opened.node.propose(register('acme/web@2.0.0'), { deadlineMs: 20_000 })),
  ).rejects.toMatchObject({ reason: expect.stringMatching(/NOT_PROPOSED|OUTCOME_UNKNOWN/) })
  expect(fault).toMatchObject({
    reason: 'VERSION_UNSUPPORTED',
    message: expect.stringMatching(`log entry ${index + 1} .*command type 200`),
    help: expect.stringContaining('that the other members run'),
  })
  expect(opened.node.status()).toMatchObject({
    appliedIndex: index,
    fault: { reason: 'VERSION_UNSUPPORTED' },
  })
  await machine.settle(opened.node.stop())
  await machine.settle(Promise.all([opened.log[Symbol.asyncDispose](), opened.holder.close()]))
})
