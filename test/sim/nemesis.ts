import { assertNever } from '../../src/model/assert.js'
import { type NodeId, toNodeId } from '../../src/model/node-id.js'
import { LEASE_DRIFT_PPM_MAX } from '../../src/node/lease-clock.js'
import { type HarmfulAct, STATE_ALTERED } from './damage.js'
import { type ActKind, type FaultPlan, nameOf, type PlannedAct } from './fault-plan.js'
import type { Operator } from './operator.js'
import type { SeededRandom } from './seeded-random.js'
import type { SimClock } from './sim-clock.js'
import type { DiskOperation } from './sim-disk.js'
import type { SimNetwork } from './sim-network.js'
import type { SimNode } from './sim-node.js'

/** More than a leader may be off, less than what ends leases. */
const LEADER_JUMP_MS = 100_000
const HANDOVER_WAIT_MS = 2_000
const CHANGE_WAIT_MS = 3_000
/** Somebody looks after the nodes so often, once the harm is over. */
const NURSE_MS = 300

type OperationType = DiskOperation['type']
const NAME_OPERATIONS: readonly OperationType[] = ['open', 'list', 'rename', 'remove', 'make', 'sync-folder']

/**
 * Carries out a plan until it is called off. Only such harm as a right cluster survives, counted so:
 * - Networks, processes, power, clocks, changes of the members: all of them at once, as often as the plan says. Promises hold through any of it; only
 *   progress may stop, until {@link Nemesis.heal}.
 * - Disks that say so when they fail, and that forget what was not synced: all of them as well.
 * - Disks and memories that lie, or lose what was synced: those of a minority, the frail, drawn once for the whole run. Of
 *   each kind and act any number hits them; their promises can be lost, nobody else's. Members
 *   change so that the frail stay a minority: never do fewer vote than at the beginning.
 */
export class Nemesis {
  #stopped = false
  /** Nodes that were told to stop and have not. */
  #stopping = 0
  readonly #frail: readonly SimNode[]

  constructor(
    private readonly nodes: readonly SimNode[],
    private readonly network: SimNetwork,
    private readonly clock: SimClock,
    private readonly random: SeededRandom,
    private readonly plan: FaultPlan,
    private readonly operator: Operator,
    private readonly trace: (line: string) => void,
    /** Told the name of each act that is carried out. */
    private readonly saw: (act: string) => void,
  ) {
    const first = random.below(nodes.length)
    const minority = Math.floor((nodes.length - 1) / 2)
    this.#frail = Array.from({ length: minority }, (_, i) => nodes[(first + i) % nodes.length] as SimNode)
    for (const node of this.#frail) node.keepsCopies = plan.copies
  }

  start(): void {
    this.network.setFaults(this.plan.network)
    for (const planned of this.plan.acts)
      this.clock.schedule(planned.atMs, () => {
        if (!this.#stopped) this.#carryOut(planned)
      })
  }

  /** Nothing that it began is still to come. */
  get idle(): boolean {
    return this.#stopping === 0 && this.operator.idle
  }

  /** Ends all harm: links and disks work, clocks are right, every machine runs that still has a disk to start from. */
  heal(): void {
    if (!this.#stopped) this.#nurse()
    this.#stopped = true
    this.operator.stop()
    // Too few may be left to agree that somebody has moved.
    this.network.forwards = true
    this.network.heal()
    this.network.setFaults({
      lossPermille: 0,
      duplicatePermille: 0,
      reorderPermille: 0,
      cutPermille: 0,
      latencyMaxMs: 2,
    })
    for (const from of this.nodes) for (const to of this.nodes) this.network.slow(from.id, to.id, 0)
    for (const node of this.nodes) {
      node.clock?.correct(0)
      node.disk.fault = undefined
      node.disk.capacityBytes = Number.POSITIVE_INFINITY
      node.disk.extraMs = 0
      node.states.failing = false
      node.resume()
      if (node.node?.status().fault !== undefined) node.crash('kill')
      node.boot()
    }
  }

  /** From then on: a node that a write takes down which had failed before is started again. */
  #nurse(): void {
    this.clock.schedule(NURSE_MS, () => {
      for (const node of this.nodes) {
        if (node.node?.status().fault?.reason !== 'STORAGE_FAILED') continue
        node.crash('kill')
        node.boot()
      }
      this.#nurse()
    })
  }

  /** One machine that is up and caught up comes back with another state than it had. */
  alter(): void {
    const sound = this.#frail.filter((node) => node.lost === undefined)
    if (sound.length === 0) return
    const random = this.random.fork('alteration')
    const node = random.pick(sound)
    this.trace(`nemesis: ${STATE_ALTERED.name} at ${node.id}`)
    node.crash('power')
    STATE_ALTERED.harm(node, random, [])
    this.#bootLater(node, random)
  }

  #carryOut({ number, act }: PlannedAct): void {
    const random = this.random.fork(`act ${number}`)
    const say = (what: string) => {
      this.saw(nameOf(act))
      this.trace(`nemesis: act ${number}, ${nameOf(act)}${what}`)
    }
    if (typeof act === 'string') this.#do(act, random, say)
    else this.#damage(act, random, say)
  }

  #do(act: ActKind, random: SeededRandom, say: (what: string) => void): void {
    const several = this.nodes.length > 1
    const anyone = random.pick(this.nodes)
    const leader = this.#leader()
    switch (act) {
      case 'partition':
        return this.#partition(random, say)
      case 'pair-cut':
      case 'one-way':
        return several ? this.#cutLink(act === 'pair-cut', random, say) : undefined
      case 'leader-cut-off':
        return several && leader !== undefined ? this.#cutOff(leader, random, say) : undefined
      case 'leader-fades':
        return several && leader !== undefined ? this.#fade(leader, random, say) : undefined
      case 'mend':
        say('')
        return this.network.heal()
      case 'kill':
      case 'kill-leader':
        return this.#crash('kill', act === 'kill' ? anyone : (leader ?? anyone), random, say)
      case 'suspend':
      case 'suspend-leader':
        return this.#suspend(act === 'suspend' ? anyone : (leader ?? anyone), random, say)
      case 'suspend-cut-off':
        return several && leader !== undefined ? this.#suspendCutOff(leader, random, say) : undefined
      case 'power-cut':
      case 'power-cut-leader':
        return this.#crash('power', act === 'power-cut' ? anyone : (leader ?? anyone), random, say)
      case 'blackout':
        // Each disk keeps another subset of what was not synced.
        for (const node of this.nodes) this.#crash('power', node, random, say)
        return
      case 'write-error':
        return this.#diskError(anyone, ['write', 'sync'], random, say)
      case 'sync-error':
        return this.#diskError(anyone, ['sync'], random, say)
      case 'read-error':
        return this.#diskError(anyone, ['read'], random, say)
      case 'name-error':
        return this.#diskError(anyone, NAME_OPERATIONS, random, say)
      case 'state-error':
        return this.#stateError(anyone, random, say)
      case 'full-disk':
        return this.#fullDisk(anyone, random, say)
      case 'slow-disk':
        return this.#slowDisk(anyone, random, say)
      case 'clock-jump':
        return this.#clockJump(anyone, random, say)
      case 'clock-drift':
        return this.#clockDrift(anyone, random, say)
      case 'depose-unheard':
        return leader === undefined ? undefined : this.#deposeUnheard(leader, random, say)
      case 'slow-link':
        return several ? this.#slowLink(random, say) : undefined
      case 'restart':
        return this.#restart(anyone, random, say)
      case 'grow':
      case 'add-learner':
      case 'replace':
      case 'shrink':
      case 'shrink-leader':
      case 'transfer':
      case 'move':
        say('')
        return this.operator.wish(act, random)
      case 'cut-amid-change':
        return this.#amidChange(random, say, (changing) => this.#cutAmid(changing, random, say))
      case 'change-amid-change':
        return this.#amidChange(random, say, (changing) => this.#changeAmid(changing, say))
      default:
        assertNever(act, 'act')
    }
  }

  #crash(how: 'kill' | 'power', node: SimNode, random: SeededRandom, say: (what: string) => void): void {
    say(`: ${node.id}`)
    node.crash(how)
    this.#bootLater(node, random)
  }

  #restart(node: SimNode, random: SeededRandom, say: (what: string) => void): void {
    say(` of ${node.id}`)
    this.#stopping++
    const stopped = () => {
      this.#stopping--
      this.#bootLater(node, random)
    }
    node.shutdown().then(stopped, stopped)
  }

  /** The process stands still for less than a lease or for longer than an election, and knows nothing of it when it goes on. */
  #suspend(node: SimNode, random: SeededRandom, say: (what: string) => void): void {
    if (!node.isUp || node.isSuspended) return
    const forMs = 50 + random.below(random.chance(500) ? 1_000 : 4_000)
    say(`: ${node.id} stands still for ${forMs} ms`)
    node.suspend()
    this.clock.schedule(forMs, () => node.resume())
  }

  /**
   * The leader stands still for longer than an election and, when it goes on, hears of nobody for a while that another one
   * leads: to its ticks no time has passed, and only its clock says that its lease is over.
   */
  #suspendCutOff(leader: SimNode, random: SeededRandom, say: (what: string) => void): void {
    if (leader.isSuspended) return
    const forMs = 600 + random.below(2_000)
    say(`: ${leader.id} stands still for ${forMs} ms, and is cut off when it goes on`)
    const cut = () => {
      for (const { id } of this.nodes) {
        if (id === leader.id) continue
        this.network.block(id, leader.id)
        this.network.block(leader.id, id)
      }
    }
    leader.suspend()
    cut()
    this.clock.schedule(forMs, () => {
      if (this.#stopped) return
      // Other cuts may have been mended meanwhile, and this one with them.
      cut()
      leader.resume()
      this.#mendLater(random)
    })
  }

  #bootLater(node: SimNode, random: SeededRandom): void {
    this.clock.schedule(20 + random.below(random.chance(500) ? 300 : 2_500), () => node.boot())
  }

  #damage(act: HarmfulAct, random: SeededRandom, say: (what: string) => void): void {
    if (this.#frail.length === 0) return
    const node = random.pick(this.#frail)
    if (node.lost !== undefined || (act.wantsOthersInStep === true && !this.#areInStep())) return
    say(` at ${node.id}`)
    if (act.offline) node.crash('power')
    const others = this.nodes.filter((other) => other !== node)
    act.harm(node, random, others)
    if (node.lost !== undefined) this.trace(`nemesis: ${node.id} must say ${node.lost} from now on`)
    if (act.offline) this.#bootLater(node, random)
  }

  /** Whether each voter that is to be counted on is up, and the logs of all of them overlap. */
  #areInStep(): boolean {
    const voters = this.operator.configuration()?.voters ?? []
    const counted = this.nodes.filter(({ id, lost }) => lost === undefined && voters.some((v) => v.id === id))
    const logs = counted.map(({ node }) => node?.status()).filter((status) => status?.fault === undefined)
    const from = Math.max(...logs.map((status) => status?.raft.firstIndex ?? Number.POSITIVE_INFINITY))
    return logs.length === counted.length && logs.every((status) => (status?.raft.lastIndex ?? 0) + 1 >= from)
  }

  #partition(random: SeededRandom, say: (what: string) => void): void {
    const side = this.nodes.filter(() => random.chance(400)).map((node) => node.id)
    const other = this.nodes.map((node) => node.id).filter((id) => !side.includes(id))
    if (side.length === 0 || other.length === 0) return
    say(`: ${side.join(', ')} from ${other.join(', ')}`)
    this.network.partition(side, other)
    this.#mendLater(random)
  }

  /** Two nodes lose each other, both ways or one, and all others hear both: a partial partition. */
  #cutLink(bothWays: boolean, random: SeededRandom, say: (what: string) => void): void {
    const [from, to] = this.#pair(random)
    say(`: ${from} and ${to}`)
    this.network.block(from, to)
    if (bothWays) this.network.block(to, from)
    this.#mendLater(random)
  }

  /** The leader goes on alone for a while, whole or one way, and now and then one of the others dies meanwhile. */
  #cutOff(leader: SimNode, random: SeededRandom, say: (what: string) => void): void {
    const deaf = random.chance(300)
    say(`: ${leader.id} hears nobody${deaf ? '' : ' and is heard by nobody'}`)
    for (const { id } of this.nodes) {
      if (id === leader.id) continue
      this.network.block(id, leader.id)
      if (!deaf) this.network.block(leader.id, id)
    }
    if (random.chance(200))
      this.#crash('power', random.pick(this.nodes.filter((node) => node !== leader)), random, say)
    this.#mendLater(random)
  }

  /** One after the other stops hearing the leader, which still hears and answers its clients. */
  #fade(leader: SimNode, random: SeededRandom, say: (what: string) => void): void {
    say(`: one after the other loses ${leader.id}`)
    for (const { id } of this.nodes) {
      if (id === leader.id) continue
      this.#later(random.below(600), () => {
        this.network.block(id, leader.id)
        this.network.block(leader.id, id)
      })
    }
    this.clock.schedule(600, () => this.#mendLater(random))
  }

  /** An operator begins to change who votes; what is to happen happens once a leader has begun it and nobody has agreed yet. */
  #amidChange(random: SeededRandom, say: (what: string) => void, happens: (leader: SimNode) => void): void {
    say('')
    this.operator.wish(random.pick(['grow', 'replace', 'replace', 'shrink-leader'] as const), random)
    const limitMs = this.clock.now + CHANGE_WAIT_MS
    const look = () => {
      if (this.#stopped || this.clock.now > limitMs) return
      const changing = this.nodes.find(({ node }) => {
        const raft = node?.status().raft
        return raft?.role === 'leader' && raft.configuration.outgoing.length > 0
      })
      if (changing === undefined) this.clock.schedule(2, look)
      else this.clock.schedule(random.below(15), () => (this.#stopped ? undefined : happens(changing)))
    }
    look()
  }

  /** The leader stays with some, and the newcomers rather than those who were there before. */
  #cutAmid(leader: SimNode, random: SeededRandom, say: (what: string) => void): void {
    const outgoing = leader.node?.status().raft.configuration.outgoing ?? []
    const stays = (node: SimNode) =>
      node === leader || random.chance(outgoing.some(({ id }) => id === node.id) ? 300 : 800)
    const side = this.nodes.filter(stays).map(({ id }) => id)
    const other = this.nodes.map(({ id }) => id).filter((id) => !side.includes(id))
    say(`: ${side.join(', ')} from ${other.join(', ') || 'nobody'}`)
    this.network.partition(side, other)
    if (random.chance(200)) this.#crash('power', random.pick(this.nodes), random, say)
    this.#mendLater(random)
  }

  /** Somebody asks the leader itself for a second change while one is open. */
  #changeAmid({ id, node }: SimNode, say: (what: string) => void): void {
    const member = { id: toNodeId('node-99'), address: 'node-99:7500' }
    const result = node?.changeMembership([{ type: 'add-learner', member }])
    if (result !== undefined)
      say(`: ${id} is asked to add ${member.id}: ${result.ok ? 'done' : result.reason}`)
  }

  /**
   * A clock far off makes the leader hand over; from the moment it asks its successor to begin, it hears nobody, and goes on
   * in the belief that it leads.
   */
  #deposeUnheard(leader: SimNode, random: SeededRandom, say: (what: string) => void): void {
    const { node } = leader
    if (node === undefined) return
    say(`: ${leader.id} is to hand over`)
    leader.clock?.jump(LEADER_JUMP_MS)
    const limitMs = this.clock.now + HANDOVER_WAIT_MS
    const look = () => {
      if (this.#stopped || leader.node !== node || this.clock.now > limitMs) return
      if (node.status().raft.transferring === undefined) return void this.clock.schedule(2, look)
      for (const { id } of this.nodes) if (id !== leader.id) this.network.block(id, leader.id)
      this.#mendLater(random)
    }
    look()
  }

  #mendLater(random: SeededRandom): void {
    this.clock.schedule(300 + random.below(3_000), () => this.network.heal())
  }

  #slowLink(random: SeededRandom, say: (what: string) => void): void {
    const [from, to] = this.#pair(random)
    const extraMs = random.below(300)
    say(`: ${extraMs} ms from ${from} to ${to}`)
    this.network.slow(from, to, extraMs)
    this.clock.schedule(500 + random.below(3_000), () => this.network.slow(from, to, 0))
  }

  /** A disk that fails for a while; its node gives up or not, and is started again. */
  #diskError(
    node: SimNode,
    types: readonly OperationType[],
    random: SeededRandom,
    say: (what: string) => void,
  ): void {
    const code = random.pick(['EIO', 'ENOSPC'] as const)
    const permille = random.pick([50, 300, 1_000])
    say(`: ${code} on ${node.id}`)
    node.disk.fault = ({ type }) => (types.includes(type) && random.chance(permille) ? code : undefined)
    this.#later(200 + random.below(1_000), () => {
      node.disk.fault = undefined
      node.crash(random.pick(['kill', 'power']))
      this.#bootLater(node, random)
    })
  }

  #stateError(node: SimNode, random: SeededRandom, say: (what: string) => void): void {
    say(`: of ${node.id} nothing can be written`)
    node.states.failing = true
    this.#later(100 + random.below(1_000), () => {
      node.states.failing = false
      node.crash(random.pick(['kill', 'power']))
      this.#bootLater(node, random)
    })
  }

  /** Room for a few more files; later there is room again and somebody restarts the node. */
  #fullDisk(node: SimNode, random: SeededRandom, say: (what: string) => void): void {
    const roomBytes = random.below(20_000)
    say(`: ${roomBytes} bytes left on ${node.id}`)
    node.disk.capacityBytes = node.disk.usedBytes + roomBytes
    this.#later(500 + random.below(2_000), () => {
      node.disk.capacityBytes = Number.POSITIVE_INFINITY
      node.crash('kill')
      this.#bootLater(node, random)
    })
  }

  /** Everything on this disk waits for something else. */
  #slowDisk(node: SimNode, random: SeededRandom, say: (what: string) => void): void {
    node.disk.extraMs = random.pick([20, 150, 600])
    say(`: ${node.disk.extraMs} ms more for everything on ${node.id}`)
    this.#later(300 + random.below(2_000), () => {
      node.disk.extraMs = 0
    })
  }

  #clockJump(node: SimNode, random: SeededRandom, say: (what: string) => void): void {
    const deltaMs = random.below(240_000) - 120_000
    say(`: ${node.id} by ${deltaMs} ms`)
    node.clock?.jump(deltaMs)
  }

  #clockDrift(node: SimNode, random: SeededRandom, say: (what: string) => void): void {
    const driftPpm = this.plan.leases
      ? random.pick([-LEASE_DRIFT_PPM_MAX, LEASE_DRIFT_PPM_MAX])
      : random.below(100_000) - 50_000
    say(`: ${node.id} by ${driftPpm} ppm`)
    node.clock?.drift(driftPpm)
  }

  /** What ends a fault of one machine; where all harm has been called off it is over already. */
  #later(delayMs: number, end: () => void): void {
    this.clock.schedule(delayMs, () => {
      if (!this.#stopped) end()
    })
  }

  #leader(): SimNode | undefined {
    return this.nodes.find((node) => node.node?.status().role === 'leader')
  }

  #pair(random: SeededRandom): [NodeId, NodeId] {
    const from = random.pick(this.nodes)
    const to = random.pick(this.nodes.filter((node) => node !== from))
    return [from.id, to.id]
  }
}
