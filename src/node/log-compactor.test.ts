import { describe, expect, test } from 'vitest'
import { toNodeId } from '../model/node-id.js'
import { bootstrapState } from '../raft/bootstrap.js'
import { Raft } from '../raft/raft.js'
import { silentLogger } from '../runtime/logger.js'
import { type CompactorParts, LogCompactor } from './log-compactor.js'
import { NODE_DEFAULTS } from './node-options.js'

function soloLog(payloads: readonly Uint8Array[]): Raft {
  const id = toNodeId('node-1')
  const seed = { clusterToken: 'compaction', members: [{ id, address: 'a:1' }] }
  const raft = new Raft({ id, random: () => 0 }, bootstrapState(seed))
  raft.campaign()
  let index = 0
  const settle = () => {
    for (let effects = raft.drain(); effects.length > 0; effects = raft.drain()) {
      for (const effect of effects) {
        if (effect.type === 'persist') raft.persisted(effect.sequence)
        if (effect.type === 'apply') index = effect.entries.at(-1)?.index ?? index
      }
      raft.applied(index)
    }
  }
  settle()
  raft.propose(payloads, 1)
  settle()
  return raft
}

describe('where a compaction cuts', () => {
  test('small entries: the tail is bounded by their number', () => {
    const raft = soloLog(Array.from({ length: 100 }, () => new Uint8Array(10)))
    expect(raft.beforeTail(20, 1_000_000)).toBe(raft.status().lastIndex - 20)
  })

  test('large entries: the tail is bounded by their bytes', () => {
    const raft = soloLog(Array.from({ length: 100 }, () => new Uint8Array(1_000)))
    const kept = raft.status().lastIndex - raft.beforeTail(1_000, 10_000)
    expect(kept).toBe(9)
  })

  test('a log within both limits is not cut', () => {
    const raft = soloLog([new Uint8Array(10)])
    expect(raft.beforeTail(1_000, 1_000_000)).toBe(0)
  })
})

describe('a log that has grown too long', () => {
  test('is not cut while it is undecided whose state is right, and is once that is known', async () => {
    const raft = soloLog(Array.from({ length: 100 }, () => new Uint8Array(10)))
    let undecided = true
    const compactor = compactorOf(raft, () => undecided)
    const before = raft.status().firstIndex
    compactor.consider()
    await compactor.hold()
    expect(raft.status().firstIndex).toBe(before)
    compactor.release()
    undecided = false
    compactor.consider()
    await compactor.hold()
    expect(raft.status().firstIndex).toBe(raft.status().lastIndex - 20 + 1)
  })
})

/** With a tail of 20 entries, cut by itself at 10 more. */
function compactorOf(raft: Raft, isUndecided = () => false): LogCompactor {
  const parts = {
    raft,
    log: { compact: async () => {} },
    folders: { syncCurrent: async () => {} },
    holder: { machine: { landedIndex: raft.status().lastIndex } },
    logger: silentLogger,
    options: { ...NODE_DEFAULTS, compactEntries: 10, tailEntries: 20 },
  } as unknown as CompactorParts
  const fail = (error: unknown) => {
    throw error
  }
  return new LogCompactor(parts, fail, isUndecided)
}

describe('a log cut by hand', () => {
  test('keeps its tail; cut again, there is nothing left to drop', async () => {
    const raft = soloLog(Array.from({ length: 100 }, () => new Uint8Array(10)))
    const { lastIndex, firstIndex: before } = raft.status()
    const compactor = compactorOf(raft)
    const firstIndex = lastIndex - 20 + 1
    const first = await compactor.now()
    expect(first).toEqual({ index: lastIndex, firstIndex, entriesDropped: firstIndex - before })
    expect(await compactor.now()).toEqual({ index: lastIndex, firstIndex, entriesDropped: 0 })
  })

  test('waits for the cut that is under way', async () => {
    const raft = soloLog(Array.from({ length: 100 }, () => new Uint8Array(10)))
    const compactor = compactorOf(raft)
    const [first, second] = await Promise.all([compactor.now(), compactor.now()])
    expect([first.entriesDropped > 0, second.entriesDropped]).toEqual([true, 0])
  })

  test('is refused while a received state is put in force, and on a node that stops', async () => {
    const raft = soloLog(Array.from({ length: 100 }, () => new Uint8Array(10)))
    const compactor = compactorOf(raft)
    const { firstIndex } = raft.status()
    await compactor.hold()
    await expect(compactor.now()).rejects.toMatchObject({ reason: 'SHUTTING_DOWN' })
    expect(raft.status().firstIndex).toBe(firstIndex)
    compactor.release()
    expect((await compactor.now()).entriesDropped).toBeGreaterThan(0)
  })
})
