import { describe, expect, test } from 'vitest'
import { runUntil } from '../../test/sim/run-until.js'
import { SeededRandom } from '../../test/sim/seeded-random.js'
import { SimClock } from '../../test/sim/sim-clock.js'
import { SimNetwork } from '../../test/sim/sim-network.js'
import type { ClusterId, HistoryId, NodeId } from '../model/node-id.js'
import type { Configuration } from '../raft/configuration.js'
import type { MembershipChange } from '../raft/membership-change.js'
import type { RaftStatus } from '../raft/raft.js'
import { silentLogger } from '../runtime/logger.js'
import type { MemberReport } from './cluster-status.js'
import { MembershipChanger } from './membership-changer.js'

const id = (n: number) => `node-${n}` as NodeId
const member = (n: number) => ({ id: id(n), address: `host-${n}:7501` })

/** A leader with two followers and a learner, as far as the changer looks at it; changes take effect at once. */
class Leader {
  readonly clock = new SimClock()
  readonly proposed: (readonly MembershipChange[])[] = []
  /** Who was asked what it holds. */
  readonly asked: NodeId[] = []
  readonly reports = new Map<NodeId, Partial<MemberReport>>()
  configuration: Configuration = {
    clusterId: 'c1'.repeat(16) as ClusterId,
    historyId: 'd2'.repeat(16) as HistoryId,
    voters: [1, 2, 3].map(member),
    outgoing: [],
    learners: [member(4)],
  }
  away: readonly NodeId[] = []
  /** Who was asked and who was told of the members' folders, before which change. */
  readonly handedOn: (readonly (readonly NodeId[])[])[] = []
  untold: string | undefined
  /** Asked for a report, they never answer: a machine without power, or behind a wall. */
  readonly silent = new Set<NodeId>()
  readonly changer: MembershipChanger

  constructor() {
    for (const n of [1, 2, 3, 4]) this.reports.set(id(n), { blobsMissingAt: 0, remembers: [1, 2, 3].map(id) })
    const network = new SimNetwork({ clock: this.clock, random: new SeededRandom(1) })
    this.changer = new MembershipChanger({
      node: {
        nodeId: id(1),
        status: () => ({ raft: this.#status(), leader: id(1), commitIndex: 50, fault: undefined }) as never,
        changeMembership: (changes) => {
          this.proposed.push(changes)
          const gone = changes.flatMap((change) => (change.type === 'remove' ? [change.id] : []))
          const promoted = changes.flatMap((change) => (change.type === 'promote' ? [change.id] : []))
          const { voters, learners } = this.configuration
          this.configuration = {
            ...this.configuration,
            voters: [...voters, ...learners.filter((learner) => promoted.includes(learner.id))].filter(
              (voter) => !gone.includes(voter.id),
            ),
            learners: learners.filter((learner) => ![...promoted, ...gone].includes(learner.id)),
          }
          return { ok: true, term: 3, index: 51 } as never
        },
        transferLeadership: () => false,
      },
      transport: network.endpoint(id(1)),
      clock: this.clock.forNode(),
      logger: silentLogger,
      report: (of) => {
        this.asked.push(of)
        return this.silent.has(of)
          ? new Promise(() => {})
          : Promise.resolve({ report: this.reports.get(of) as MemberReport | undefined })
      },
      meet: async () => {},
      isRemembered: () => false,
      folders: {
        handOn: async (before, next, promoted) => {
          this.handedOn.push([before, next, promoted])
          return this.untold
        },
      },
    })
  }

  #status(): RaftStatus {
    const peers = [2, 3, 4].map((n) => ({ id: id(n), recentActive: !this.away.includes(id(n)) }))
    const { configuration } = this
    return {
      id: id(1),
      role: 'leader',
      term: 3,
      commit: 51,
      lastIndex: 51,
      configuration,
      configurationIndex: 51,
      peers,
    } as never
  }

  async outcomeOf(work: Promise<unknown>): Promise<string> {
    return runUntil(
      this.clock,
      work.then(
        () => 'done',
        (error: Error) => error.message,
      ),
    )
  }
}

const promotion = (replacing?: number) =>
  ({ type: 'promote', id: id(4), replacing: replacing === undefined ? undefined : id(replacing) }) as const

describe('a change of members', () => {
  test.each([
    ['misses packages', { blobsMissingAt: 3 }, 'node-4 misses 3 blobs'],
    ['has not looked for all packages yet', { blobsMissingAt: undefined }, 'node-4 still looks for'],
    ['would not know a member again', { remembers: [id(1), id(3)] }, 'node-4 has yet to meet node-2'],
  ])('does not let vote who %s', async (_, lack, why) => {
    const leader = new Leader()
    leader.reports.set(id(4), { blobsMissingAt: 0, remembers: [1, 2, 3].map(id), ...lack })
    expect(await leader.outcomeOf(leader.changer.change(promotion(), 2_000))).toContain(why)
    expect(leader.proposed).toEqual([])
  })

  test('waits, and goes on as soon as nothing is lacking', async () => {
    const leader = new Leader()
    leader.reports.set(id(4), { blobsMissingAt: 3, remembers: [1, 2, 3].map(id) })
    leader.clock.schedule(1_000, () =>
      leader.reports.set(id(4), { blobsMissingAt: 0, remembers: [1, 2, 3].map(id) }),
    )
    expect(await leader.outcomeOf(leader.changer.change(promotion(), 2_000))).toBe('done')
    expect(leader.proposed).toEqual([[{ type: 'promote', id: id(4) }]])
  })

  test('ends in time where a member never answers, with what it answered before, if it did', async () => {
    const leader = new Leader()
    leader.reports.set(id(4), { blobsMissingAt: 3, remembers: [1, 2, 3].map(id) })
    leader.clock.schedule(1_000, () => leader.silent.add(id(4)))
    expect(await leader.outcomeOf(leader.changer.change(promotion(), 2_000))).toContain('misses 3 blobs')
    expect(await leader.outcomeOf(leader.changer.change(promotion(), 2_000))).toContain(
      'gave no answer in time',
    )
    expect(leader.proposed).toEqual([])
  })

  test('does not wait for a newcomer to meet who is away or leaves', async () => {
    const leader = new Leader()
    leader.reports.set(id(4), { blobsMissingAt: 0, remembers: [id(1)] })
    leader.away = [id(2)]
    expect(await leader.outcomeOf(leader.changer.change(promotion(3), 2_000))).toBe('done')
  })

  test('replaces who votes alone in two steps, with a look at what the successor holds before each', async () => {
    const leader = new Leader()
    leader.configuration = { ...leader.configuration, voters: [member(1)] }
    expect(await leader.outcomeOf(leader.changer.change(promotion(1), 2_000))).toBe('done')
    expect(leader.proposed).toEqual([[{ type: 'promote', id: id(4) }], [{ type: 'remove', id: id(1) }]])
    expect(leader.asked).toEqual([id(4), id(4)])
  })

  test('removes nobody while those who stay do not hold every package on a majority of them', async () => {
    const leader = new Leader()
    leader.reports.set(id(2), { blobsMissingAt: 1, remembers: [] })
    const removal = { type: 'remove', id: id(3) } as const
    expect(await leader.outcomeOf(leader.changer.change(removal, 2_000))).toMatch(
      /too few.*node-2 misses 1 blobs/,
    )
    leader.reports.delete(id(2))
    expect(await leader.outcomeOf(leader.changer.change(removal, 2_000))).toMatch(
      /too few.*node-2 does not answer/,
    )
    leader.reports.set(id(2), { blobsMissingAt: 0, remembers: [] })
    expect(await leader.outcomeOf(leader.changer.change(removal, 2_000))).toBe('done')
    expect(leader.proposed).toEqual([[removal]])
  })

  test('of who votes hands on first what is known of the folders of the members, and waits while it cannot', async () => {
    const leader = new Leader()
    const removal = { type: 'remove', id: id(4) } as const
    expect(await leader.outcomeOf(leader.changer.change(removal, 2_000))).toBe('done')
    expect(leader.handedOn).toEqual([])
    leader.configuration = { ...leader.configuration, learners: [member(4)] }
    leader.untold = 'too few of the voters tell'
    expect(await leader.outcomeOf(leader.changer.change(promotion(3), 2_000))).toContain(
      'too few of the voters tell',
    )
    leader.untold = undefined
    leader.handedOn.length = 0
    expect(await leader.outcomeOf(leader.changer.change(promotion(3), 2_000))).toBe('done')
    expect(leader.handedOn).toEqual([[[1, 2, 3].map(id), [1, 2, 4].map(id), [id(4)]]])
  })
})
