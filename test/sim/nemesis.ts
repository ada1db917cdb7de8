import type { NodeId } from '../../src/model/node-id.js'
import type { SeededRandom } from './seeded-random.js'
import type { SimClock } from './sim-clock.js'
import type { NetworkFaults, SimNetwork } from './sim-network.js'
import type { SimNode } from './sim-node.js'

/** Which faults a seed has drawn; leaving some out finds what the crowd of all of them hides (swarm testing). */
export interface Faults {
  readonly network: Partial<NetworkFaults>
  readonly partitions: boolean
  readonly kills: boolean
  readonly powerCuts: boolean
  readonly diskErrors: boolean
  readonly clockJumps: boolean
  readonly slowLinks: boolean
  readonly restarts: boolean
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
    diskErrors: random.chance(300),
    clockJumps: random.chance(400),
    slowLinks: on(),
    restarts: random.chance(300),
  }
}

type Act = () => void

/**
 * Does harm at drawn moments until it is called off. Only such harm as a right cluster survives: disks may forget what was
 * not synced and may fail, but what was synced stays.
 */
export class Nemesis {
  #stopped = false

  constructor(
    private readonly nodes: readonly SimNode[],
    private readonly network: SimNetwork,
    private readonly clock: SimClock,
    private readonly random: SeededRandom,
    private readonly faults: Faults,
    private readonly trace: (line: string) => void,
  ) {}

  start(): void {
    this.network.setFaults(this.faults.network)
    const acts = this.#acts()
    const next = () => {
      if (this.#stopped) return
      this.clock.schedule(200 + this.random.below(2_500), () => {
        if (this.#stopped) return
        if (acts.length > 0) this.random.pick(acts)()
        next()
      })
    }
    next()
  }

  /** Ends all harm: links work, disks work, every machine runs. */
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
      node.disk.fault = undefined
      if (node.node?.status().fault !== undefined) node.crash('kill')
      if (node.refused === undefined) node.boot()
    }
  }

  #acts(): Act[] {
    const { faults } = this
    const several = this.nodes.length > 1
    return [
      ...(faults.partitions && several
        ? [() => this.#partition(), () => this.#oneWay(), () => this.#mend()]
        : []),
      ...(faults.kills ? [() => this.#crash('kill'), () => this.#crash('kill')] : []),
      ...(faults.powerCuts ? [() => this.#crash('power'), () => this.#blackout()] : []),
      ...(faults.diskErrors ? [() => this.#diskError()] : []),
      ...(faults.clockJumps ? [() => this.#clockJump()] : []),
      ...(faults.slowLinks && several ? [() => this.#slowLink()] : []),
      ...(faults.restarts ? [() => this.#restart()] : []),
    ]
  }

  #crash(how: 'kill' | 'power', node = this.random.pick(this.nodes)): void {
    node.crash(how)
    this.#bootLater(node)
  }

  /** The whole room goes dark. */
  #blackout(): void {
    this.trace('nemesis: blackout')
    for (const node of this.nodes) this.#crash('power', node)
  }

  #restart(): void {
    const node = this.random.pick(this.nodes)
    node.shutdown().then(
      () => this.#bootLater(node),
      () => this.#bootLater(node),
    )
  }

  #bootLater(node: SimNode): void {
    this.clock.schedule(50 + this.random.below(4_000), () => {
      if (node.refused === undefined) node.boot()
    })
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

  #mend(): void {
    this.network.heal()
  }

  #mendLater(): void {
    this.clock.schedule(300 + this.random.below(5_000), () => this.#mend())
  }

  #slowLink(): void {
    const [from, to] = this.#pair()
    this.network.slow(from, to, this.random.below(300))
    this.clock.schedule(500 + this.random.below(4_000), () => this.network.slow(from, to, 0))
  }

  /** A disk that fails for a while; its node gives up and is started again. */
  #diskError(): void {
    const node = this.random.pick(this.nodes)
    const code = this.random.chance(500) ? 'EIO' : 'ENOSPC'
    const sync = this.random.chance(500)
    this.trace(`nemesis: ${code} on ${node.id}${sync ? ' at sync' : ''}`)
    node.disk.fault = (operation) => {
      if (operation.type === 'write' || operation.type === 'sync')
        return this.random.chance(300) ? code : undefined
      return undefined
    }
    this.clock.schedule(200 + this.random.below(1_000), () => {
      node.disk.fault = undefined
      node.crash('kill')
      this.#bootLater(node)
    })
  }

  #clockJump(): void {
    const node = this.random.pick(this.nodes)
    const deltaMs = this.random.below(240_000) - 120_000
    this.trace(`nemesis: clock of ${node.id} jumps by ${deltaMs} ms`)
    node.clock?.jump(deltaMs)
  }

  #pair(): [NodeId, NodeId] {
    const from = this.random.pick(this.nodes)
    const to = this.random.pick(this.nodes.filter((node) => node !== from))
    return [from.id, to.id]
  }
}
