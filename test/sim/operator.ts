import { assertNever } from '../../src/model/assert.js'
import { MarketplaceError } from '../../src/model/error.js'
import { type NodeId, toNodeId } from '../../src/model/node-id.js'
import type { MembershipOutcome, MembershipRequest } from '../../src/node/membership-request.js'
import type { Configuration, Member } from '../../src/raft/configuration.js'
import type { SeededRandom } from './seeded-random.js'
import type { SimClock } from './sim-clock.js'
import type { SimNode } from './sim-node.js'

/** What an operator may want; each asks for one change of the members after another until it is so, or is refused for good. */
export type Wish = 'grow' | 'add-learner' | 'replace' | 'shrink' | 'shrink-leader' | 'transfer' | 'move'

const NEWCOMERS_MAX = 3
const REQUEST_MS = 2_500
/** What is not so after so many requests, of which none can have had an effect unseen, is given up. */
const TRIES_MAX = 6
const PAUSE_MS = 200
const FINAL = new Set(['MEMBER_EXISTS', 'MEMBER_UNKNOWN', 'MEMBERSHIP_REFUSED'])
/** Nothing was changed by this request. */
const UNCHANGED = new Set(['NOT_CAUGHT_UP', 'NOT_PROPOSED', 'NO_LEADER'])

export interface OperatorOptions {
  readonly nodes: readonly SimNode[]
  readonly clock: SimClock
  readonly trace: (line: string) => void
  /** Sets up a machine with an empty disk that is to join. */
  readonly newcomer: (id: NodeId) => SimNode
  /** Told of every change that a request led to which was first made at that moment. */
  readonly onChanged: (outcome: MembershipOutcome, askedMs: number) => void
}

/**
 * Changes the members of a running cluster through its calls, one wish at a time. It never lets fewer vote than at the beginning,
 * so that the frail stay a minority.
 */
export class Operator {
  #busy = false
  #newcomers = 0
  #stopped = false
  readonly #votersMin: number

  constructor(private readonly options: OperatorOptions) {
    this.#votersMin = options.nodes.length
  }

  /** Nothing is under way. */
  get idle(): boolean {
    return !this.#busy
  }

  /** What is under way comes to its end; nothing new begins. */
  stop(): void {
    this.#stopped = true
  }

  /** Left out where another wish is under way. */
  wish(wish: Wish, random: SeededRandom): void {
    if (this.#busy || this.#stopped) return
    this.#busy = true
    const done = () => {
      this.#busy = false
    }
    this.#fulfil(wish, random).then(done, (error: unknown) => {
      done()
      if (!(error instanceof MarketplaceError)) throw error
      this.options.trace(`nemesis: the members stay: ${error.message}`)
    })
  }

  /** In force at the newest leader. */
  configuration(): Configuration | undefined {
    const leaders = this.options.nodes.flatMap(({ node }) => {
      const status = node?.status()
      return status?.role === 'leader' ? [status] : []
    })
    return leaders.sort((a, b) => b.term - a.term)[0]?.raft.configuration
  }

  async #fulfil(wish: Wish, random: SeededRandom): Promise<void> {
    const configuration = this.configuration()
    if (configuration === undefined) return
    const { voters, learners } = configuration
    const removable = voters.length > this.#votersMin ? [...voters, ...learners] : learners
    switch (wish) {
      case 'add-learner':
        await this.#add(random)
        return
      case 'grow': {
        const id = learners[0]?.id ?? (await this.#add(random))
        if (id !== undefined) await this.#ask({ type: 'promote', id, replacing: undefined }, random)
        return
      }
      case 'replace': {
        const id = learners[0]?.id ?? (await this.#add(random))
        const replacing = (voters.find((voter) => this.#isGone(voter)) ?? random.pick(voters)).id
        // In one step, as an operator would who knows how; or in two.
        if (id !== undefined && random.chance(500)) await this.#replace(id, replacing, random)
        else if (id === undefined || (await this.#ask({ type: 'promote', id, replacing: undefined }, random)))
          if (id !== undefined) await this.#remove(replacing, random)
        return
      }
      case 'shrink':
        if (removable.length > 0) await this.#remove(random.pick(removable).id, random)
        return
      case 'shrink-leader': {
        const leader = this.options.nodes.find(({ node }) => node?.status().role === 'leader')
        if (leader !== undefined && removable.some(({ id }) => id === leader.id))
          await this.#remove(leader.id, random)
        return
      }
      case 'transfer':
        await this.#transfer(random.chance(500) ? undefined : random.pick(voters).id, random)
        return
      case 'move':
        await this.#move(random.pick([...voters, ...learners]), random)
        return
      default:
        assertNever(wish, 'wish')
    }
  }

  async #add(random: SeededRandom): Promise<NodeId | undefined> {
    if (this.#newcomers === NEWCOMERS_MAX) return undefined
    const id = toNodeId(`node-${this.#votersMin + ++this.#newcomers}`)
    const node = this.options.newcomer(id)
    // A machine may be started before or after it is added.
    if (random.chance(500)) node.boot()
    const member = { id, address: `${id}:7500` }
    const added = await this.#ask({ type: 'add', member, move: false, unseen: false }, random)
    node.boot()
    return added ? id : undefined
  }

  async #replace(id: NodeId, replacing: NodeId, random: SeededRandom): Promise<void> {
    const node = this.options.nodes.find((each) => each.id === replacing)
    if (node !== undefined) node.leaving = true
    await this.#ask({ type: 'promote', id, replacing }, random)
  }

  async #remove(id: NodeId, random: SeededRandom): Promise<void> {
    const node = this.options.nodes.find((each) => each.id === id)
    if (node !== undefined) node.leaving = true
    await this.#ask({ type: 'remove', id }, random)
  }

  /** The machine comes up elsewhere, and nobody finds it there until the members say so. */
  async #move({ id, address }: Member, random: SeededRandom): Promise<void> {
    const node = this.options.nodes.find((each) => each.id === id)
    if (node === undefined || node.refused !== undefined) return
    const elsewhere = `${id}:${Number(address.split(':')[1]) + 1}`
    const comeUpAt = (place: string) => {
      if (node.address === place) return
      node.address = place
      node.crash('kill')
      node.boot()
    }
    comeUpAt(elsewhere)
    const moved = await this.#ask(
      { type: 'add', member: { id, address: elsewhere }, move: true, unseen: true },
      random,
    )
    comeUpAt(moved ? elsewhere : address)
  }

  async #transfer(to: NodeId | undefined, random: SeededRandom): Promise<void> {
    this.options.trace(`nemesis: asks for ${to ?? 'somebody else'} to lead`)
    const outcome = await this.#answer(this.#someone(random)?.membership?.transfer(to, REQUEST_MS))
    if (outcome?.changed) this.options.trace(`nemesis: ${outcome.leader} leads as asked for`)
  }

  /** @returns whether it is so */
  async #ask(request: MembershipRequest, random: SeededRandom): Promise<boolean> {
    const { trace, clock, onChanged } = this.options
    const askedMs = clock.now
    const what = `${request.type} ${request.type === 'add' ? request.member.id : request.id}`
    for (let unchanged = 0; unchanged < TRIES_MAX; ) {
      const node = this.#someone(random)
      try {
        trace(`nemesis: asks ${node?.id ?? 'nobody'} to ${what}`)
        const outcome = await this.#answer(node?.membership?.change(request, REQUEST_MS))
        if (outcome !== undefined) {
          const members = outcome.members.map(({ id, voter }) => (voter ? id : `${id} (learner)`))
          trace(`nemesis: ${what} is so at ${outcome.index}: ${members.join(', ')}`)
          if (outcome.changed) onChanged(outcome, askedMs)
          return true
        }
      } catch (error) {
        if (!(error instanceof MarketplaceError)) throw error
        trace(`nemesis: ${what}: ${error.message}`)
        if (FINAL.has(error.reason)) return false
        // Later requests go to a later leader, and what an earlier one knows nothing of has no effect any more.
        if (UNCHANGED.has(error.reason)) unchanged++
      }
      await new Promise<void>((resolve) => this.options.clock.schedule(PAUSE_MS, resolve))
    }
    return false
  }

  /** Undefined where none came: a process that ends answers nothing. */
  #answer<T>(asked: Promise<T> | undefined): Promise<T | undefined> {
    const given = new Promise<undefined>((resolve) =>
      this.options.clock.schedule(REQUEST_MS * 2, () => resolve(undefined)),
    )
    return Promise.race([asked ?? Promise.resolve(undefined), given])
  }

  #someone(random: SeededRandom): SimNode | undefined {
    const up = this.options.nodes.filter(
      ({ membership, node, isSuspended }) => membership && !isSuspended && !node?.status().fault,
    )
    return up.length === 0 ? undefined : random.pick(up)
  }

  #isGone(member: Member): boolean {
    return this.options.nodes.some(({ id, refused }) => id === member.id && refused !== undefined)
  }
}
