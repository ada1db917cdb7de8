import { describe, expect, test } from 'vitest'
import { runUntil } from '../../test/sim/run-until.js'
import { SimClock } from '../../test/sim/sim-clock.js'
import { Log, register } from '../../test/state/history.js'
import { MemoryKeyValueStore } from '../../test/state/memory-key-value-store.js'
import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import { pause } from '../runtime/clock.js'
import { StateMachine } from '../state/state-machine.js'
import { CheckpointKeeper } from './checkpoint-keeper.js'
import type { NodeReport } from './verification.js'
import { VerifyJob } from './verify-job.js'

/** A node of good health whose state stands at 12; the search index stands where it is told. */
async function setUp() {
  const time = new SimClock()
  const clock = time.forNode()
  const store = new MemoryKeyValueStore()
  const machine = await StateMachine.open(store)
  const log = new Log().configuration()
  for (let i = 0; i < 11; i++) log.command(register(`acme/web@1.${i}.0`))
  await machine.land(machine.apply(log.entries))
  const checkpoints = new CheckpointKeeper(clock, async () => store.snapshot())
  const node = { appliedIndex: 12, searchIndex: 12, fault: undefined as MarketplaceError | undefined }
  const blobs = { referenced: [] as Digest[], held: new Set<Digest>(), coming: new Set<Digest>() }
  const verify = async (index: number): Promise<NodeReport> => {
    const job = new VerifyJob(
      { jobId: 'ab'.repeat(16), index, bytesPerMs: 1e9 },
      {
        node: {
          nodeId: 'node-3' as NodeId,
          status: () => ({ fault: node.fault, appliedIndex: node.appliedIndex }) as never,
          view: async () =>
            ({
              listReferencedBlobs: async (after: Digest | undefined) =>
                blobs.referenced.flatMap((digest) =>
                  after === undefined || digest > after ? [{ digest }] : [],
                ),
              [Symbol.asyncDispose]: async () => {},
            }) as never,
          checkpoints,
          stateCheck: { now: async () => {} } as never,
        },
        log: { check: async () => ({ segments: 1, entries: 12, markIndex: 0, damages: [] }) as never },
        blobs: {
          list: async function* () {},
          holds: async (digest) => blobs.held.has(digest),
          isComing: (digest) => blobs.coming.has(digest),
          verify: async () => true,
        },
        search: {
          appliedIndex: () => node.searchIndex,
          waitFor: async (wanted) => {
            if (node.searchIndex < wanted) throw notReached()
          },
        },
        clock,
      },
      () => false,
    )
    const ended = async () => {
      while (!job.report().done) await pause(clock, 100)
    }
    await runUntil(time, ended())
    return job.report()
  }
  return { time, checkpoints, node, blobs, verify }
}

function notReached(): MarketplaceError {
  return new MarketplaceError({ reason: 'INDEX_NOT_REACHED', message: 'not in time', help: 'wait longer' })
}

test('a node at the checkpoint gives the hash of its state there, and is behind in nothing', async () => {
  const { checkpoints, verify } = await setUp()
  checkpoints.freeze(12)
  expect(await verify(12)).toMatchObject({
    stateSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    behind: undefined,
    findings: [],
  })
})

test('a node whose state does not come to the checkpoint in time is behind, which is no damage; what it has is read all the same', async () => {
  const { verify } = await setUp()
  const report = await verify(20)
  expect(report).toMatchObject({ done: true, stateSha256: undefined, findings: [], findingsInAll: 0 })
  expect(report.behind).toMatch(/^its state stands at 12 and did not come to 20, .* within 10 s$/)
  expect(report.stateValues).toBeGreaterThan(20)
})

test('a node whose state took a leap over the checkpoint is not compared, which is no damage', async () => {
  const { verify } = await setUp()
  expect(await verify(7)).toMatchObject({
    stateSha256: undefined,
    findingsInAll: 0,
    behind: expect.stringMatching(/^its state stands at 12 and was never at 7/),
  })
})

test('a state that is replaced while it is read is not compared, which is no damage', async () => {
  const { checkpoints, verify } = await setUp()
  checkpoints.freeze(12)
  const done = verify(12)
  checkpoints.giveUp()
  expect(await done).toMatchObject({ stateSha256: undefined, findingsInAll: 0, behind: expect.any(String) })
})

test('a search index that does not come to the state in time is behind; it is not asked for more than the state has', async () => {
  const { node, checkpoints, verify } = await setUp()
  node.searchIndex = 5
  checkpoints.freeze(12)
  expect(await verify(12)).toMatchObject({
    stateSha256: expect.any(String),
    findings: [],
    behind: expect.stringMatching(/^its search index stands at 5 and did not come to 12 within 10 s/),
  })
  node.searchIndex = 12
  expect((await verify(20)).behind).not.toContain('search')
})

test('a node that takes no part any more and so comes to no checkpoint is damaged, not behind', async () => {
  const { time, node, verify } = await setUp()
  time.schedule(1_000, () => {
    node.fault = new MarketplaceError({
      reason: 'STORAGE_FAILED',
      message: 'the disk is gone',
      help: 'mend it',
    })
  })
  const { findings, behind } = await verify(20)
  expect(behind).toBeUndefined()
  expect(findings).toEqual([
    expect.objectContaining({
      area: 'state',
      what: expect.stringContaining('the disk is gone'),
      remedy: 'mend it',
    }),
  ])
})

describe('a blob that a package refers to and this node does not hold', () => {
  const [one, two, three] = ['1', '2', '3'].map((digit) => digit.repeat(64)) as [Digest, Digest, Digest]

  test('is no damage while it is being fetched: the node is behind', async () => {
    const { checkpoints, blobs, verify } = await setUp()
    checkpoints.freeze(12)
    blobs.referenced = [one, two, three]
    blobs.held.add(two)
    blobs.coming = new Set([one, three])
    expect(await verify(12)).toMatchObject({
      findings: [],
      behind: 'it is still fetching 2 blobs that packages refer to',
    })
  })

  test('that comes while it is waited for is as good as held', async () => {
    const { time, checkpoints, blobs, verify } = await setUp()
    checkpoints.freeze(12)
    blobs.referenced = [one]
    time.schedule(5_000, () => blobs.held.add(one))
    expect(await verify(12)).toMatchObject({ findings: [], behind: undefined })
  })

  test('is damage where nobody fetches it, or could be found who has it', async () => {
    const { checkpoints, blobs, verify } = await setUp()
    checkpoints.freeze(12)
    blobs.referenced = [one, two]
    blobs.coming.add(one)
    const { findings, behind } = await verify(12)
    expect(findings).toMatchObject([{ area: 'blobs', file: `blobs/22/${two.slice(2)}` }])
    expect(behind).toBe('it is still fetching a blob that packages refer to')
  })
})
