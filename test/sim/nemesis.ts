import type { NodeId } from '../../src/model/node-id.js'
import { drawDamages, type HarmfulAct } from './damage.js'
import type { SeededRandom } from './seeded-random.js'
import type { SimClock } from './sim-clock.js'
import type { NetworkFaults, SimNetwork } from './sim-network.js'
import type { SimNode } from './sim-node.js'

/** More than a leader may be off, less than what ends leases. */
const LEADER_JUMP_MS = 100_000
const HANDOVER_WAIT_MS = 2_000

/** Which faults a seed has drawn; leaving some out finds what the crowd of all of them hides (swarm testing). */
export interface Faults {
  readonly network: Partial<NetworkFaults>
  readonly partitions: boolean
  readonly kills: boolean
  readonly powerCuts: boolean
  readonly diskErrors: boolean
  readonly fullDisks: boolean
  readonly clockJumps: boolean
  readonly slowLinks: boolean
  readonly restarts: boolean
  /** Damage at rest, to the disks of a minority. */
  readonly damages: readonly HarmfulAct[]
  /** Longest pause between two acts. */
  readonly pauseMsMax: number
}

export function drawFaults(random: SeededRandom): Faults {
  const on = () => random.chance(550)
  const permille = (max: number) => (on() ? random.below(max) : 0)
  return {
    network: {
      latencyMinMs: 0.1,
      latencyMaxMs: 1 + random.below(on() ? 30 : 3),
      lossPermille: permille(60),
      duplicatePermille: permille(60),
      reorderPermille: permille(100),
      cutPermille: permille(10),
    },
    partitions: on(),
    kills: on(),
    powerCuts: on(),
    diskErrors: random.chance(250),
    fullDisks: random.chance(150),
    clockJumps: random.chance(300),
    slowLinks: on(),
    restarts: random.chance(300),
    damages: drawDamages(random),
    pauseMsMax: random.pick([600, 1_200, 2_000]),
  }
}

/**
 * Does harm at drawn moments until it is called off. Only such harm as a right cluster survives: every disk may forget what
 * was not synced and may fail; what was synced stays, but on the disks of a minority drawn beforehand, the frail ones.
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
    private readonly faults: Faults,
    private readonly trace: (line: string) => void,
  ) {
    const first = random.below(nodes.length)
    const minority = Math.floor((nodes.length - 1) / 2)
    this.#frail = Array.from({ length: minority }, (_, i) => nodes[(first + i) % nodes.length] as SimNode)
    for (const node of this.#frail) node.keepsCopies = faults.damages.some((act) => act.wantsCopies === true)
  }

  start(): void {
    this.network.setFaults(this.faults.network)
    const acts = this.#acts()
    const next = () => {
      if (this.#stopped) return
      this.clock.schedule(30 + this.random.below(this.faults.pauseMsMax), () => {
        if (this.#stopped) return
        if (acts.length > 0) this.random.pick(acts)()
        next()
      })
    }
    next()
  }

  /** Nothing that it began is still to come. */
  get idle(): boolean {
    return this.#stopping === 0
  }

  /** Ends all harm: links and disks work, clocks are right, every machine runs that still has a disk to start from. */
  heal(): void {
    this.#stopped = true
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
      if (node.node?.status().fault !== undefined) node.crash('kill')
      node.boot()
    }
  }

  #acts(): (() => void)[] {
    const { faults } = this
    const several = this.nodes.length > 1
    return [
      ...(faults.partitions && several
        ? [() => this.#partition(), () => this.#oneWay(), () => this.#cutLeaderOff(), () => this.#mend()]
        : []),
      ...(faults.kills ? [() => this.#crash('kill'), () => this.#crash('kill', this.#leader())] : []),
      ...(faults.powerCuts
        ? [() => this.#crash('power'), () => this.#crash('power', this.#leader()), () => this.#blackout()]
        : []),
      ...(faults.diskErrors ? [() => this.#diskError()] : []),
      ...(faults.fullDisks ? [() => this.#fullDisk()] : []),
      ...(faults.clockJumps
        ? [() => this.#clockJump(), () => this.#clockDrift(), () => this.#deposeUnheard()]
        : []),
      ...(faults.slowLinks && several ? [() => this.#slowLink()] : []),
      ...(faults.restarts ? [() => this.#restart()] : []),
      ...(this.#frail.length > 0 ? faults.damages.map((act) => () => this.#damage(act)) : []),
    ]
  }

  #crash(how: 'kill' | 'power', node = this.random.pick(this.nodes)): void {
    node.crash(how)
    this.#bootLater(node)
  }

  /** The whole room goes dark. Each disk keeps another subset of what was not synced. */
  #blackout(): void {
    this.trace('nemesis: blackout')
    for (const node of this.nodes) this.#crash('power', node)
  }

  #restart(): void {
    const node = this.random.pick(this.nodes)
    this.#stopping++
    const stopped = () => {
      this.#stopping--
      this.#bootLater(node)
    }
    node.shutdown().then(stopped, stopped)
  }

  #bootLater(node: SimNode): void {
    this.clock.schedule(20 + this.random.below(this.random.chance(500) ? 300 : 2_500), () => node.boot())
  }

  #damage(act: HarmfulAct): void {
    const node = this.random.pick(this.#frail)
    if (node.lost !== undefined) return
    this.trace(`nemesis: ${act.name} at ${node.id}`)
    if (act.offline) node.crash('power')
    const others = this.nodes.filter((other) => other !== node)
    act.harm(node, this.random, others)
    if (node.lost !== undefined) this.trace(`nemesis: ${node.id} must say ${node.lost} from now on`)
    if (act.offline) this.#bootLater(node)
  }

  #partition(): void {
    const side = this.nodes.filter(() => this.random.chance(400)).map((node) => node.id)
    const other = this.nodes.map((node) => node.id).filter((id) => !side.includes(id))
    this.network.partition(side, other)
    this.#mendLater()
  }

  #oneWay(): void {
    const [from, to] = this.#pair()
    this.network.block(from, to)
    this.#mendLater()
  }

  /** The leader goes on alone for a while, whole or one way, and now and then one of the others dies meanwhile. */
  #cutLeaderOff(): void {
    const leader = this.#leader()
    if (leader === undefined) return
    const deaf = this.random.chance(300)
    for (const { id } of this.nodes) {
      if (id === leader.id) continue
      this.network.block(id, leader.id)
      if (!deaf) this.network.block(leader.id, id)
    }
    if (this.faults.powerCuts && this.random.chance(300))
      this.#crash('power', this.random.pick(this.nodes.filter((node) => node !== leader)))
    this.#mendLater()
  }

  /**
   * A clock far off makes the leader hand over; from the moment it asks its successor to begin, it hears nobody, and goes on
   * in the belief that it leads.
   */
  #deposeUnheard(): void {
    const leader = this.#leader()
    const node = leader?.node
    if (leader === undefined || node === undefined) return
    this.trace(`nemesis: ${leader.id} is to hand over`)
    leader.clock?.jump(LEADER_JUMP_MS)
    const limitMs = this.clock.now + HANDOVER_WAIT_MS
    const look = () => {
      if (this.#stopped || leader.node !== node || this.clock.now > limitMs) return
      if (node.status().raft.transferring === undefined) return void this.clock.schedule(2, look)
      for (const { id } of this.nodes) if (id !== leader.id) this.network.block(id, leader.id)
      this.#mendLater()
    }
    look()
  }

  #mend(): void {
    this.network.heal()
  }

  #mendLater(): void {
    this.clock.schedule(300 + this.random.below(3_000), () => this.#mend())
  }

  #slowLink(): void {
    const [from, to] = this.#pair()
    this.network.slow(from, to, this.random.below(300))
    this.clock.schedule(500 + this.random.below(3_000), () => this.network.slow(from, to, 0))
  }

  /** A disk that fails for a while; its node gives up and is started again. */
  #diskError(): void {
    const node = this.random.pick(this.nodes)
    const code = this.random.chance(500) ? 'EIO' : 'ENOSPC'
    this.trace(`nemesis: ${code} on ${node.id}`)
    node.disk.fault = (operation) => {
      if (operation.type === 'write' || operation.type === 'sync')
        return this.random.chance(300) ? code : undefined
      return undefined
    }
    this.clock.schedule(200 + this.random.below(1_000), () => {
      if (this.#stopped) return
      node.disk.fault = undefined
      this.#crash(this.random.chance(500) ? 'kill' : 'power', node)
    })
  }

  /** Room for a few more files; later there is room again and somebody restarts the node. */
  #fullDisk(): void {
    const node = this.random.pick(this.nodes)
    const roomBytes = this.random.below(20_000)
    this.trace(`nemesis: ${roomBytes} bytes left on the disk of ${node.id}`)
    node.disk.capacityBytes = node.disk.usedBytes + roomBytes
    this.clock.schedule(500 + this.random.below(2_000), () => {
      if (this.#stopped) return
      node.disk.capacityBytes = Number.POSITIVE_INFINITY
      this.#crash('kill', node)
    })
  }

  #clockJump(): void {
    const node = this.random.pick(this.nodes)
    const deltaMs = this.random.below(240_000) - 120_000
    this.trace(`nemesis: clock of ${node.id} jumps by ${deltaMs} ms`)
    node.clock?.jump(deltaMs)
  }

  #clockDrift(): void {
    const node = this.random.pick(this.nodes)
    const driftPpm = this.random.below(100_000) - 50_000
    this.trace(`nemesis: clock of ${node.id} drifts by ${driftPpm} ppm`)
    node.clock?.drift(driftPpm)
  }

  #leader(): SimNode | undefined {
    return this.nodes.find((node) => node.node?.status().role === 'leader')
  }

  #pair(): [NodeId, NodeId] {
    const from = this.random.pick(this.nodes)
    const to = this.random.pick(this.nodes.filter((node) => node !== from))
    return [from.id, to.id]
  }
}
