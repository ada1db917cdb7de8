import { beforeEach, describe, expect, test } from 'vitest'
import { runFor } from '../../test/sim/run-until.js'
import { SimClock } from '../../test/sim/sim-clock.js'
import {
  CLUSTER_VERSION,
  type Command,
  decodeCommand,
  encodeCommand,
  type RequestId,
} from '../model/command.js'
import type { KeyId } from '../model/metadata.js'
import { type NodeId, toNodeId } from '../model/node-id.js'
import { parsePackageId } from '../model/package-id.js'
import type { ProposeResult } from '../raft/raft.js'
import { type CommandResult, refused } from '../state/command-result.js'
import { ClusterVersion } from './cluster-version.js'
import { decodeForward, type ForwardMessage } from './forward-codec.js'
import { PROPOSAL_QUEUE_DEFAULTS, ProposalQueue } from './proposal-queue.js'

const self = toNodeId('node-1')
const leader = toNodeId('node-2')
const other = toNodeId('node-3')

function tick(n: number): Command {
  return { type: 'tick', requestId: n.toString(16).padStart(32, '0') as RequestId }
}

/** A write that not every build knows. */
function quota(n: number): Command {
  return { type: 'setQuota', requestId: n.toString(16).padStart(32, '0') as RequestId, quota: {} }
}

function typesOf(batch: readonly Uint8Array[] | undefined): string[] | undefined {
  return batch?.map((payload) => decodeCommand(payload).type)
}

/** All under one request id. */
function yank(id: string): Command {
  const verifiedKey = { keyId: '00'.repeat(8) as KeyId, publicKey: new Uint8Array(32) }
  const requestId = 'ab'.repeat(16) as RequestId
  return {
    type: 'yank',
    requestId,
    id: parsePackageId(id),
    signedAtMs: 1,
    verifiedKey,
    signature: new Uint8Array(64),
  }
}

let clock: SimClock
let sent: { to: NodeId; message: ForwardMessage }[]
let proposed: (readonly Uint8Array[])[]
let answer: ProposeResult
let mayStamp: boolean
let awaitsClocks: boolean
let version: ClusterVersion
let inForce: number

function makeQueue(options = PROPOSAL_QUEUE_DEFAULTS): ProposalQueue {
  const node = clock.forNode()
  return new ProposalQueue(
    {
      self,
      ticketsAbove: 0,
      clock: node,
      raft: {
        propose: (payloads) => {
          proposed.push(payloads)
          return answer
        },
      },
      send: (to, bytes) => sent.push({ to, message: decodeForward(bytes) }),
      schedule: () => {},
      mayStamp: () => mayStamp,
      awaitsClocks: () => awaitsClocks,
      version,
    },
    options,
  )
}

/** The reason that a write ends with, or what it was applied at. */
async function end(work: Promise<{ index: number }>): Promise<string | number> {
  return work.then(
    (applied) => applied.index,
    (error: { reason: string }) => error.reason,
  )
}

beforeEach(() => {
  clock = new SimClock()
  sent = []
  proposed = []
  answer = { ok: true, term: 2, firstIndex: 10 }
  mayStamp = true
  awaitsClocks = false
  version = new ClusterVersion(() => [{ id: leader }, { id: other }])
  inForce = CLUSTER_VERSION
  version.follow(() => inForce)
})

describe('proposals', () => {
  test('what the leader appends ends in its applied result', async () => {
    const queue = makeQueue()
    queue.onRole(true, self)
    const work = queue.submit(tick(1))
    queue.flush()
    expect(proposed).toHaveLength(1)
    queue.onApplied({ command: tick(1), result: { type: 'ticked' }, index: 10, term: 2 })
    expect(await end(work)).toBe(10)
    expect(queue.waiting).toBe(0)
  })

  test('a follower forwards once, however often it is flushed', async () => {
    const queue = makeQueue()
    queue.onRole(false, leader)
    const work = queue.submit(tick(1))
    queue.flush()
    queue.flush()
    expect(sent.map(({ to, message }) => [to, message.type])).toEqual([[leader, 'propose']])
    queue.onApplied({ command: tick(1), result: { type: 'ticked' }, index: 11, term: 2 })
    expect(await end(work)).toBe(11)
  })

  describe('the leader changes after forwarding', () => {
    let queue: ProposalQueue
    let work: Promise<string | number>

    beforeEach(() => {
      queue = makeQueue()
      queue.onRole(false, leader)
      work = end(queue.submit(tick(1)))
      queue.flush()
    })

    test('nothing is heard of it: the outcome is unknown, soon, and nothing is forwarded again', async () => {
      queue.onRole(false, other)
      queue.flush()
      await runFor(clock, PROPOSAL_QUEUE_DEFAULTS.settleMs)
      expect(await work).toBe('OUTCOME_UNKNOWN')
      expect(sent).toHaveLength(1)
    })

    test('the next leader has it: it ends in its applied result', async () => {
      queue.onForward(leader, { type: 'accepted', ticket: 1, term: 2, index: 10 })
      queue.onRole(false, other)
      queue.onApplied({ command: tick(1), result: { type: 'ticked' }, index: 10, term: 2 })
      expect(await work).toBe(10)
    })

    test('another entry took its place: surely not proposed', async () => {
      queue.onForward(leader, { type: 'accepted', ticket: 1, term: 2, index: 10 })
      queue.onRole(false, undefined)
      queue.onRole(false, other)
      queue.onApplied({ command: undefined, result: undefined, index: 9, term: 2 })
      expect(queue.waiting).toBe(1)
      queue.onApplied({ command: undefined, result: undefined, index: 10, term: 3 })
      expect(await work).toBe('NOT_PROPOSED')
    })

    test('its place went by unseen, in a received state: the outcome is unknown', async () => {
      queue.onForward(leader, { type: 'accepted', ticket: 1, term: 2, index: 10 })
      queue.onRole(false, other)
      queue.onApplied({ command: undefined, result: undefined, index: 20, term: 3 })
      expect(queue.waiting).toBe(1)
      await runFor(clock, PROPOSAL_QUEUE_DEFAULTS.settleMs)
      expect(await work).toBe('OUTCOME_UNKNOWN')
    })

    test('the old leader took it not: it goes to the next one, and has its whole time', async () => {
      queue.onRole(false, other)
      queue.onForward(leader, { type: 'refused', ticket: 1, reason: 'not-leader', members: [] })
      queue.flush()
      expect(sent.map(({ to }) => to)).toEqual([leader, other])
      await runFor(clock, PROPOSAL_QUEUE_DEFAULTS.deadlineMs - 1)
      expect(queue.waiting).toBe(1)
      await runFor(clock, 1)
      expect(await work).toBe('OUTCOME_UNKNOWN')
    })
  })

  test('the same leader leads again in a later term, and another entry took the place: surely not proposed', async () => {
    const queue = makeQueue()
    queue.onRole(false, leader)
    const work = end(queue.submit(tick(1)))
    queue.flush()
    queue.onForward(leader, { type: 'accepted', ticket: 1, term: 2, index: 10 })
    queue.onRole(false, leader)
    queue.onApplied({ command: undefined, result: undefined, index: 10, term: 4 })
    expect(await work).toBe('NOT_PROPOSED')
  })

  test('what happens at its place once its wait has ended concerns it no more', async () => {
    const queue = makeQueue()
    queue.onRole(true, self)
    const work = end(queue.submit(tick(1)))
    queue.flush()
    queue.onRole(false, other)
    await runFor(clock, PROPOSAL_QUEUE_DEFAULTS.settleMs)
    queue.onApplied({ command: undefined, result: undefined, index: 10, term: 3 })
    expect([await work, queue.waiting]).toEqual(['OUTCOME_UNKNOWN', 0])
  })

  test('an answer to an earlier process of this node names the place of another write: it is no proof', async () => {
    const queue = makeQueue()
    queue.onRole(false, leader)
    const work = end(queue.submit(tick(1)))
    queue.flush()
    queue.onForward(leader, { type: 'accepted', ticket: 1, term: 2, index: 10 })
    queue.onForward(leader, { type: 'accepted', ticket: 1, term: 2, index: 11 })
    queue.onRole(false, other)
    queue.onApplied({ command: tick(99), result: { type: 'ticked' }, index: 10, term: 2 })
    queue.onApplied({ command: tick(1), result: { type: 'ticked' }, index: 11, term: 2 })
    expect(await work).toBe(11)
  })

  test('a second copy of a refusal says nothing about the next try', async () => {
    const queue = makeQueue()
    queue.onRole(false, leader)
    const work = end(queue.submit(tick(1)))
    queue.flush()
    queue.onForward(leader, { type: 'refused', ticket: 1, reason: 'transferring', members: [] })
    await runFor(clock, PROPOSAL_QUEUE_DEFAULTS.declinedMs)
    queue.flush()
    queue.onForward(leader, { type: 'refused', ticket: 1, reason: 'transferring', members: [] })
    queue.onForward(leader, { type: 'accepted', ticket: 2, term: 2, index: 10 })
    queue.stop()
    expect(await work).toBe('OUTCOME_UNKNOWN')
  })

  test('a leader changes just before the deadline: the wait grows no longer', async () => {
    const queue = makeQueue()
    queue.onRole(true, self)
    const work = end(queue.submit(tick(1), 100))
    queue.flush()
    await runFor(clock, 90)
    queue.onRole(false, undefined)
    await runFor(clock, 10)
    expect(queue.waiting).toBe(0)
    expect(await work).toBe('OUTCOME_UNKNOWN')
  })

  test('a leader that hands over: what comes here waits, and goes to the next leader', async () => {
    answer = { ok: false, reason: 'transferring', leader: other }
    const queue = makeQueue()
    queue.onRole(true, self)
    const work = queue.submit(tick(1))
    queue.onForward(other, { type: 'propose', ticket: 5, payload: encodeCommand(tick(9)) })
    queue.flush()
    queue.flush()
    expect(sent.map(({ message }) => message.type)).toEqual(['refused'])
    queue.onRole(false, other)
    queue.flush()
    expect(sent.map(({ message }) => message.type)).toEqual(['refused', 'propose'])
    queue.onApplied({ command: tick(1), result: { type: 'ticked' }, index: 12, term: 3 })
    expect(await end(work)).toBe(12)
  })

  test('the connection breaks after forwarding: the outcome is unknown', async () => {
    const queue = makeQueue()
    queue.onRole(false, leader)
    const work = queue.submit(tick(1))
    queue.flush()
    queue.onPeerLost(leader)
    expect(await end(work)).toBe('OUTCOME_UNKNOWN')
  })

  test('a write that comes while the connection to the leader is broken waits for it to come back', async () => {
    const queue = makeQueue()
    queue.onRole(false, leader)
    queue.onPeerLost(leader)
    const work = queue.submit(tick(1))
    queue.flush()
    expect(sent).toHaveLength(0)
    queue.onPeerFound(leader)
    queue.flush()
    expect(sent).toHaveLength(1)
    queue.onPeerLost(leader)
    expect(await end(work)).toBe('OUTCOME_UNKNOWN')
  })

  test('a write that comes while the connection to the leader is broken goes to the next leader', async () => {
    const queue = makeQueue()
    queue.onRole(false, leader)
    queue.onPeerLost(leader)
    const work = queue.submit(tick(1))
    queue.flush()
    queue.onRole(false, other)
    queue.flush()
    expect(sent).toHaveLength(1)
    queue.onPeerLost(other)
    expect(await end(work)).toBe('OUTCOME_UNKNOWN')
  })

  test('a leader that steps down leaves its appended writes unknown', async () => {
    const queue = makeQueue()
    queue.onRole(true, self)
    const work = end(queue.submit(tick(1)))
    queue.flush()
    queue.onRole(false, undefined)
    await runFor(clock, PROPOSAL_QUEUE_DEFAULTS.settleMs)
    expect(await work).toBe('OUTCOME_UNKNOWN')
  })

  test('no leader is known until the deadline: surely not proposed', async () => {
    const queue = makeQueue()
    const work = queue.submit(tick(1), 500)
    queue.flush()
    while (clock.runNext()) {}
    expect(await end(work)).toBe('NOT_PROPOSED')
    expect(sent).toEqual([])
  })

  test('a write that waited for a leader is sent when one is known', async () => {
    const queue = makeQueue()
    const work = queue.submit(tick(1))
    queue.flush()
    queue.onRole(false, leader)
    queue.flush()
    expect(sent).toHaveLength(1)
    queue.onApplied({ command: tick(1), result: { type: 'ticked' }, index: 12, term: 2 })
    expect(await end(work)).toBe(12)
  })

  test('sent and never applied here: unknown at the deadline', async () => {
    const queue = makeQueue()
    queue.onRole(true, self)
    const work = queue.submit(tick(1), 500)
    queue.flush()
    while (clock.runNext()) {}
    expect(await end(work)).toBe('OUTCOME_UNKNOWN')
  })

  test('a leader whose clock is alone takes nothing and says so', async () => {
    mayStamp = false
    const queue = makeQueue()
    queue.onRole(true, self)
    const work = queue.submit(tick(1))
    queue.flush()
    expect(await end(work)).toBe('CLOCK_SKEW')
    expect(proposed).toEqual([])
  })

  test('while it is not known whether a leader’s clock is right, writes wait; then they are taken, those of others too', () => {
    awaitsClocks = true
    const queue = makeQueue()
    queue.onRole(true, self)
    void end(queue.submit(tick(1)))
    queue.onForward(other, { type: 'propose', ticket: 5, payload: encodeCommand(tick(9)) })
    queue.flush()
    expect(proposed).toEqual([])
    awaitsClocks = false
    queue.flush()
    expect(proposed.map((batch) => batch.length)).toEqual([2])
  })

  test('forwarded proposals of others are appended with ours, and each hears its own index', () => {
    const queue = makeQueue()
    queue.onRole(true, self)
    void end(queue.submit(tick(1)))
    queue.onForward(other, { type: 'propose', ticket: 5, payload: encodeCommand(tick(9)) })
    queue.flush()
    expect(proposed[0]).toHaveLength(2)
    expect(sent).toEqual([{ to: other, message: { type: 'accepted', ticket: 5, term: 2, index: 11 } }])
  })

  test('a node that does not lead refuses what is forwarded to it', () => {
    const queue = makeQueue()
    queue.onRole(false, leader)
    queue.onForward(other, { type: 'propose', ticket: 5, payload: new Uint8Array([1]) })
    expect(sent).toEqual([{ to: other, message: { type: 'refused', ticket: 5, reason: 'not-leader' } }])
  })

  test('a refusal of the leader ends the write', async () => {
    const queue = makeQueue()
    queue.onRole(false, leader)
    const work = queue.submit(tick(1))
    queue.flush()
    queue.onForward(leader, { type: 'refused', ticket: 1, reason: 'overloaded', members: [] })
    expect(await end(work)).toBe('OVERLOADED')
  })

  test('a leader that declines, since it hands over, is asked again after a pause, others wait with it', async () => {
    const queue = makeQueue()
    queue.onRole(false, leader)
    void end(queue.submit(tick(1)))
    queue.flush()
    queue.onForward(leader, { type: 'refused', ticket: 1, reason: 'transferring', members: [] })
    void end(queue.submit(tick(2)))
    queue.flush()
    expect(sent).toHaveLength(1)
    await runFor(clock, PROPOSAL_QUEUE_DEFAULTS.declinedMs)
    queue.flush()
    expect(sent.map(({ to }) => to)).toEqual([leader, leader, leader])
  })

  test('a leader that declined until the deadline: surely not proposed', async () => {
    const queue = makeQueue()
    queue.onRole(false, leader)
    const work = end(queue.submit(tick(1), 10))
    queue.flush()
    queue.onForward(leader, { type: 'refused', ticket: 1, reason: 'stopping', members: [] })
    await runFor(clock, 10)
    expect(await work).toBe('NOT_PROPOSED')
  })

  test('a late refusal by somebody who was not asked changes nothing', async () => {
    const queue = makeQueue()
    queue.onRole(false, leader)
    const work = queue.submit(tick(1))
    queue.flush()
    queue.onForward(other, { type: 'refused', ticket: 1, reason: 'not-leader' })
    queue.onApplied({ command: tick(1), result: { type: 'ticked' }, index: 13, term: 2 })
    expect(await end(work)).toBe(13)
  })

  test('at the limit of waiters one more is refused as overloaded', async () => {
    const queue = makeQueue({ ...PROPOSAL_QUEUE_DEFAULTS, waitersMax: 2 })
    const first = end(queue.submit(tick(1)))
    const second = end(queue.submit(tick(2)))
    expect(await end(queue.submit(tick(3)))).toBe('OVERLOADED')
    queue.stop()
    expect([await first, await second]).toEqual(['NOT_PROPOSED', 'NOT_PROPOSED'])
  })

  test('a retry that meets its first try is submitted after that one has ended', async () => {
    const queue = makeQueue()
    queue.onRole(true, self)
    const first = queue.submit(tick(1))
    const retry = queue.submit(tick(1))
    queue.flush()
    queue.onApplied({ command: tick(1), result: { type: 'ticked' }, index: 10, term: 2 })
    expect(await end(first)).toBe(10)
    await Promise.resolve()
    queue.flush()
    expect(proposed).toHaveLength(2)
    queue.onApplied({ command: tick(1), result: { type: 'ticked' }, index: 11, term: 2 })
    expect(await end(retry)).toBe(11)
  })

  test('what no node could apply is not appended for anybody', () => {
    const queue = makeQueue()
    queue.onRole(true, self)
    queue.onForward(other, { type: 'propose', ticket: 5, payload: new Uint8Array([9, 9, 9]) })
    queue.flush()
    expect(proposed).toEqual([])
    expect(sent).toEqual([{ to: other, message: { type: 'refused', ticket: 5, reason: 'not-understood' } }])
  })

  test('another write under the same request id, applied meanwhile, is not the answer', async () => {
    const queue = makeQueue()
    queue.onRole(true, self)
    const work = queue.submit(yank('a@1.0.0'))
    queue.flush()
    queue.onApplied({ command: yank('b@1.0.0'), result: { type: 'ticked' }, index: 9, term: 2 })
    expect(queue.waiting).toBe(1)
    queue.onApplied({ command: yank('a@1.0.0'), result: { type: 'ticked' }, index: 10, term: 2 })
    expect(await end(work)).toBe(10)
  })

  describe('an earlier try of the same request is refused for its copies, or for want of room', () => {
    const copies = refused({ reason: 'BLOB_MISSING', field: 'holders', message: '', help: '' })
    const room = refused({ reason: 'REQUEST_TABLE_FULL', message: '', help: '' })
    const command = yank('a@1.0.0')
    const done: CommandResult = { type: 'ticked' }
    const accepted = (index: number): ForwardMessage & { type: 'accepted' } => ({
      type: 'accepted',
      ticket: 1,
      term: 2,
      index,
    })

    test.each([copies, room])('the leader waits for its own entry: $reason', async (result) => {
      const queue = makeQueue()
      queue.onRole(true, self)
      const done10 = queue.submit(command)
      queue.flush()
      queue.onApplied({ command, result, index: 8, term: 1 })
      queue.onApplied({ command, result, index: 9, term: 2 })
      expect(queue.waiting).toBe(1)
      queue.onApplied({ command, result: done, index: 10, term: 2 })
      expect(await done10).toEqual({ result: done, index: 10 })
    })

    test('a follower waits for its own entry, whether it knows by then which that is or not', async () => {
      const queue = makeQueue()
      queue.onRole(false, leader)
      const written = queue.submit(command)
      queue.onApplied({ command, result: copies, index: 7, term: 2 })
      queue.flush()
      expect(sent).toHaveLength(1)
      queue.onApplied({ command, result: copies, index: 8, term: 2 })
      queue.onForward(leader, accepted(10))
      queue.onApplied({ command, result: copies, index: 9, term: 2 })
      expect(queue.waiting).toBe(1)
      queue.onApplied({ command, result: done, index: 10, term: 2 })
      expect(await written).toEqual({ result: done, index: 10 })
    })

    test('its own refusal is its answer, also where it is applied before it is known which entry that is', async () => {
      const queue = makeQueue()
      queue.onRole(false, leader)
      const written = queue.submit(command)
      queue.flush()
      queue.onApplied({ command, result: copies, index: 9, term: 2 })
      queue.onApplied({ command, result: copies, index: 10, term: 2 })
      queue.onForward(leader, accepted(10))
      expect(await written).toEqual({ result: copies, index: 10 })
    })
  })

  test('stopping ends every wait by what is known of it', async () => {
    const queue = makeQueue()
    queue.onRole(true, self)
    const appended = end(queue.submit(tick(1)))
    queue.flush()
    const unsent = end(queue.submit(tick(2)))
    queue.stop()
    expect([await appended, await unsent]).toEqual(['OUTCOME_UNKNOWN', 'NOT_PROPOSED'])
    expect(await end(queue.submit(tick(3)))).toBe('NOT_PROPOSED')
  })
})

describe('writes that not every build knows', () => {
  beforeEach(() => {
    inForce = 1
  })

  test('are refused while a member has not said that it knows them; others go through', async () => {
    version.heard(leader, CLUSTER_VERSION)
    version.heard(other, 1)
    const queue = makeQueue()
    queue.onRole(true, self)
    const refusals = queue.submit(quota(1)).catch((error: unknown) => error)
    void queue.submit(tick(2))
    queue.onForward(leader, { type: 'propose', ticket: 7, payload: encodeCommand(quota(3)) })
    queue.flush()
    expect(await refusals).toMatchObject({ reason: 'MEMBERS_OUTDATED', details: { members: other } })
    expect(sent).toEqual([
      { to: leader, message: { type: 'refused', ticket: 7, reason: 'members-outdated', members: [other] } },
    ])
    expect(proposed.map(typesOf)).toEqual([['tick']])
  })

  test('count whoever never said anything among those that do not', async () => {
    version.heard(leader, CLUSTER_VERSION)
    const queue = makeQueue()
    queue.onRole(true, self)
    const refusal = queue.submit(quota(1)).catch((error: unknown) => error)
    queue.flush()
    expect(await refusal).toMatchObject({ details: { members: other } })
    expect(proposed).toEqual([])
  })

  test('follow the entry that raises the version, which a leader appends once as soon as all have said so', () => {
    version.heard(leader, CLUSTER_VERSION)
    version.heard(other, CLUSTER_VERSION)
    const queue = makeQueue()
    queue.onRole(true, self)
    void queue.submit(quota(1))
    queue.flush()
    void queue.submit(quota(2))
    queue.flush()
    queue.flush()
    expect(proposed.map(typesOf)).toEqual([['raiseVersion', 'setQuota'], ['setQuota']])
  })

  test('are told apart by their own place behind the entry that raises the version', async () => {
    for (const id of [leader, other]) version.heard(id, CLUSTER_VERSION)
    const queue = makeQueue()
    queue.onRole(true, self)
    queue.onForward(leader, { type: 'propose', ticket: 7, payload: encodeCommand(quota(3)) })
    queue.flush()
    expect(sent.map(({ message }) => message)).toEqual([{ type: 'accepted', ticket: 7, term: 2, index: 11 }])
  })

  test('need no member any more once the version is in force: one that is away, or unknown, holds nothing up', () => {
    inForce = CLUSTER_VERSION
    const queue = makeQueue()
    queue.onRole(true, self)
    void queue.submit(quota(1))
    queue.flush()
    expect(proposed.map(typesOf)).toEqual([['setQuota']])
  })

  test('raise the version anew under a leader that does not know whether an earlier one did', () => {
    for (const id of [leader, other]) version.heard(id, CLUSTER_VERSION)
    const queue = makeQueue()
    queue.onRole(true, self)
    queue.flush()
    queue.onRole(false, other)
    queue.onRole(true, self)
    queue.flush()
    expect(proposed.map(typesOf)).toEqual([['raiseVersion'], ['raiseVersion']])
  })

  test('a follower says who is behind, as the leader told it', async () => {
    const queue = makeQueue()
    queue.onRole(false, leader)
    const refusal = queue.submit(quota(1)).catch((error: unknown) => error)
    queue.flush()
    queue.onForward(leader, {
      type: 'refused',
      ticket: 1,
      reason: 'members-outdated',
      members: [other],
    })
    expect(await refusal).toMatchObject({ reason: 'MEMBERS_OUTDATED', details: { members: other } })
  })
})

describe('a member of an older build', () => {
  test('is let in while the log holds nothing that it does not know, and refused from then on', () => {
    inForce = 1
    expect(() => version.heard(other, 0)).not.toThrow()
    inForce = CLUSTER_VERSION
    expect(() => version.heard(leader, CLUSTER_VERSION)).not.toThrow()
    expect(() => version.heard(other, 0)).toThrow(/knows 0 at most/)
  })
})
