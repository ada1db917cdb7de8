import { createHash } from 'node:crypto'
import type { QuorumBlobStore } from '../../src/blob/quorum-blob-store.js'
import { bytesToHex } from '../../src/model/codec.js'
import type { Digest } from '../../src/model/content-hash.js'
import { MarketplaceError } from '../../src/model/error.js'
import { type NodeId, toNodeId } from '../../src/model/node-id.js'
import { parsePackageId } from '../../src/model/package-id.js'
import { LEASE_DRIFT_PPM_MAX } from '../../src/node/lease-clock.js'
import { membersOf } from '../../src/node/member-list.js'
import type { KnownCluster } from '../../src/node/open-node.js'
import { checkLinearizable } from '../history/linearizability.js'
import type { Operation } from '../history/operation.js'
import { blobPath, CopyCount, isCopy } from './copy-count.js'
import { describePlan, drawPlan, type FaultPlan, isMemberAct, narrowed, type Variant } from './fault-plan.js'
import { forbidRealWorld, quiet, turn } from './forbidden-globals.js'
import { KeySpace } from './key-space.js'
import { Nemesis } from './nemesis.js'
import { Observer } from './observer.js'
import { Operator } from './operator.js'
import { SeededRandom } from './seeded-random.js'
import { SightingCounter, type Sightings } from './sightings.js'
import { SimClient } from './sim-client.js'
import { SimClock } from './sim-clock.js'
import { SimNetwork } from './sim-network.js'
import { SIM_NODE_OPTIONS, SimNode, type SimNodeOptions } from './sim-node.js'
import { Tally } from './tally.js'

/** The longest that a healed cluster may take to agree. */
const CALM_MS = 60_000
/** How long after its cause a fault may still show. */
const LATE_FAULTS_MS = 500
const EVENTS_MAX = 3_000_000
const TRACED_CHARS_MAX = 64 * 1024
/** How long blobs are promised where garbage is collected: longer than a client goes on trying. */
const LEASE_MS = 12_000

export interface SimulationOptions {
  /** Told every line of the trace. */
  readonly trace?: (line: string) => void
  /** Told of all but the single messages, for people. */
  readonly story?: (line: string) => void
  /** Only a part of what the seed has drawn. */
  readonly variant?: Variant
}

export interface SimulationResult {
  /** What must never be; empty on a clean run. */
  readonly violations: readonly string[]
  readonly history: readonly Operation[]
  readonly simulatedMs: number
  readonly events: number
  /** All that the seed has drawn, whatever part of it the variant took. */
  readonly plan: FaultPlan
  /** What was seen to happen, and how often. */
  readonly seen: Sightings
  /** Of all lines of the trace: equal for two runs of one seed. */
  readonly traceHash: string
}

/** One cluster's life from one seed: a storm of faults under load, then calm, then every promise is checked. */
export async function runSimulation(seed: number, options: SimulationOptions): Promise<SimulationResult> {
  const allowRealWorld = forbidRealWorld()
  try {
    await turn()
    const before = resources()
    const result = await new Simulation(seed, options).run()
    await turn()
    const grown = [...resources()].filter(([name, count]) => count > (before.get(name) ?? 0))
    if (grown.length === 0) return result
    const left = grown.map(([name]) => name).join(', ')
    return { ...result, violations: [...result.violations, `real handles were left open: ${left}`] }
  } finally {
    allowRealWorld()
  }
}

/** The trace on its way through a pipe, and the channel to the process that hands out seeds. */
const OWN_OUTPUT = new Set(['PipeWrap', 'WriteWrap', 'TTYWrap'])

/** What would keep this process alive, by kind. */
function resources(): Map<string, number> {
  const counts = new Map<string, number>()
  for (const name of process.getActiveResourcesInfo())
    if (!OWN_OUTPUT.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

class Simulation {
  readonly #clock = new SimClock()
  readonly #random: SeededRandom
  readonly #nodes: SimNode[]
  readonly #network: SimNetwork
  readonly #observer: Observer
  readonly #history: Operation[] = []
  readonly #tally = new Tally()
  readonly #drawn: FaultPlan
  readonly #sightings = new SightingCounter()
  readonly #violations: string[] = []
  readonly #traceHash = createHash('sha256')
  /** Not hashed yet: a piece at a time costs less than each line. */
  #traced = ''
  #events = 0
  readonly #copies: CopyCount
  readonly #operator: Operator
  /** Whether blobs are let go of within this run; a third of the seeds. */
  readonly #collectsGarbage: boolean

  constructor(
    private readonly seed: number,
    private readonly options: SimulationOptions,
  ) {
    this.#random = new SeededRandom(seed)
    this.#drawn = drawPlan(this.#random)
    this.#collectsGarbage = this.#random.fork('garbage').below(3) === 0
    const { leases } = this.#drawn
    const garbage = this.#collectsGarbage
    const count = this.#random.pick([3, 3, 3, 3, 3, 5, 1])
    const syncMsMax = this.#random.pick([2, 5, 40])
    const tailEntries = this.#random.pick([0, 5, 20])
    const ids = Array.from({ length: count }, (_, i) => toNodeId(`node-${i + 1}`))
    const trace = (line: string) => this.#trace(line)
    this.#network = new SimNetwork({
      clock: this.#clock,
      random: this.#random.fork('network'),
      trace: (line) => this.#traceWire(line),
    })
    const members = ids.map((id) => ({ id, address: `${id}:7500` }))
    const machine = (id: NodeId, join?: SimNodeOptions['join']) => {
      const random = this.#random.fork(id)
      return new SimNode({
        id,
        seed: { clusterToken: `seed ${seed}`, members },
        ...(join !== undefined && { join }),
        clock: this.#clock,
        network: this.#network,
        random,
        syncMsMax,
        tailEntries,
        skewMs: random.below(2_000) - 1_000,
        driftPpm: leases
          ? random.pick([-LEASE_DRIFT_PPM_MAX, 0, LEASE_DRIFT_PPM_MAX])
          : random.below(400) - 200,
        readLease: leases,
        ...(garbage && {
          leaseMs: LEASE_MS,
          onCollected: (by, digest) => {
            this.#sightings.saw('garbage removed')
            this.#copies.collected(by, digest)
          },
        }),
        heard: (message, fields) => this.#sightings.heard(message, fields),
        trace,
        traceDetail: (line) => this.#traceWire(line),
      })
    }
    this.#nodes = ids.map((id) => machine(id))
    this.#operator = new Operator({
      nodes: this.#nodes,
      clock: this.#clock,
      trace,
      newcomer: (id) => {
        const node = machine(id, () => this.#knownCluster(id))
        this.#nodes.push(node)
        return node
      },
      onChanged: (outcome, askedMs) => this.#copies.changed(outcome, askedMs),
    })
    const acts = this.#drawn.acts.map(({ act }) => act)
    this.#copies = new CopyCount(this.#nodes, this.#clock, (text) => this.#violate(text), {
      disksLie: acts.some((act) => typeof act !== 'string'),
      membersChange: acts.some((act) => typeof act === 'string' && isMemberAct(act)),
    })
    this.#observer = new Observer(this.#nodes, (text) => this.#violate(text))
  }

  async run(): Promise<SimulationResult> {
    const plan = narrowed(this.#drawn, this.options.variant ?? {})
    this.#trace(`seed ${this.seed}: ${this.#nodes.length} nodes, ${describePlan(plan)}`)
    const nemesis = new Nemesis(
      this.#nodes,
      this.#network,
      this.#clock,
      this.#random.fork('nemesis'),
      plan,
      this.#operator,
      (line) => this.#trace(line),
      (act) => this.#sightings.saw(act),
    )
    if (plan.leases) this.#sightings.saw('reads under leases')
    const clients = this.#clients()
    try {
      for (const node of this.#nodes) node.boot()
      // The first start admits every folder by the others; what follows may do without any of them.
      await this.#until(() => this.#leader() !== undefined, CALM_MS, 'no leader at the beginning')
      const working = clients.map((client) => client.run())
      if (plan.leases) working.push((clients[0] as SimClient).watch())
      for (const work of working)
        work.catch((error: unknown) => this.#violate(`a client broke: ${describe(error)}`))
      nemesis.start()
      const stormEnd = this.#clock.now + plan.stormMs
      await this.#until(() => this.#clock.now >= stormEnd, plan.stormMs * 2, 'the storm does not end')
      for (const client of clients) client.stop()
      nemesis.heal()
      await this.#until(() => nemesis.idle, CALM_MS, 'a node does not stop')
      // A write that had failed by then may take its node down a little later.
      const quietFrom = this.#clock.now + LATE_FAULTS_MS
      await this.#until(() => this.#clock.now >= quietFrom, CALM_MS, 'time stands still')
      nemesis.heal()
      await this.#answered(working)
      await this.#until(() => this.#leader() !== undefined, CALM_MS, 'no leader after healing')
      this.#switchOff()
      const client = clients[0] as SimClient
      await this.#settle(() => client.publishOwn('after-the-storm'))
      if (plan.alters && this.#nodes.length > 1) {
        nemesis.alter()
        await this.#settle(() => client.publishOwn('after-the-alteration'))
      }
      await this.#check()
    } catch (error) {
      if (!(error instanceof Over))
        this.#violate(error instanceof Stuck ? error.message : `the simulation broke: ${describe(error)}`)
    }
    for (const node of this.#nodes) node.crash('kill')
    for (const node of this.#nodes) for (const text of node.unexpected) this.#violate(text)
    return {
      violations: this.#violations,
      history: this.#history,
      simulatedMs: this.#clock.now,
      events: this.#events,
      plan: this.#drawn,
      seen: this.#sightings.counts(),
      traceHash: this.#traceHash.update(this.#traced).digest('hex').slice(0, 16),
    }
  }

  #clients(): SimClient[] {
    const keys = new KeySpace()
    return Array.from(
      { length: 3 + this.#random.below(3) },
      (_, number) =>
        new SimClient({
          number,
          nodes: this.#nodes,
          clock: this.#clock,
          random: this.#random.fork(`client ${number}`),
          keys,
          history: this.#history,
          tally: this.#tally,
          leavesGarbage: this.#collectsGarbage,
          trace: (line) => this.#trace(line),
          violate: (text) => this.#violate(text),
          onPublished: (key, digest) => this.#copies.acknowledged(key, digest),
          committed: () => this.#observer.highestCommit,
        }),
    )
  }

  /** What some node that is up says of the members, as a client would be told. */
  async #knownCluster(asking: NodeId): Promise<KnownCluster> {
    for (const { node, id, isSuspended } of this.#nodes) {
      if (id === asking || isSuspended || node === undefined || node.status().fault !== undefined) continue
      const { configuration } = node.status().raft
      return { clusterId: node.clusterId, historyId: node.historyId, members: membersOf(configuration) }
    }
    throw new MarketplaceError({ reason: 'UNREACHABLE', message: 'nobody is up', help: 'wait' })
  }

  /** Machines that are no members, or not any more, are off from now on; those that were to move elsewhere in vain are back. */
  #switchOff(): void {
    const configuration = this.#operator.configuration()
    if (configuration === undefined) return
    for (const node of this.#nodes) {
      const member = membersOf(configuration).find(({ id }) => id === node.id)
      if (member?.address === node.address) continue
      if (member !== undefined) {
        node.address = member.address
        node.crash('kill')
        node.boot()
        continue
      }
      this.#trace(`${node.id} is no member at the end`)
      node.retired = true
      node.crash('kill')
    }
  }

  /** Those that are to agree in the end. */
  #alive(): SimNode[] {
    return this.#nodes.filter((node) => node.refused === undefined && !node.retired)
  }

  /** After the harm ends every client gets its answer. */
  async #answered(working: readonly Promise<void>[]): Promise<void> {
    let finished = 0
    for (const work of working) work.finally(() => finished++).catch(() => {})
    await this.#until(() => finished === working.length, CALM_MS, 'a client got no answer after healing')
  }

  /** After the harm ends a right cluster works, agrees, and holds every blob everywhere. */
  async #settle(publish: () => Promise<void>): Promise<void> {
    await this.#until(() => this.#leader() !== undefined, CALM_MS, 'no leader after healing')
    await this.#until(() => this.#leader() !== undefined, CALM_MS, 'no leader after healing')
    await this.#until(
      () =>
        this.#nodes.every((node) => node.lost === undefined || node.refused !== undefined || node.leaving),
      CALM_MS,
      'a node that lost its promises was not refused',
    )
    await this.#await(publish, 'no publish succeeds after healing')
    const alive = () => this.#alive()
    await this.#until(
      () => alive().every(({ states }) => !states.isRotten && !states.isAltered),
      CALM_MS,
      'a damaged state is not found',
    )
    await this.#until(
      () => {
        const applied = alive().map((node) => node.node?.status())
        const first = applied[0]?.commitIndex
        // A new leader's own entry counts too: it must not be committed on some in the middle of the comparison.
        return applied.every(
          (status) =>
            status !== undefined &&
            [status.appliedIndex, status.commitIndex, status.raft.lastIndex].every(
              (index) => index === first,
            ),
        )
      },
      CALM_MS,
      'the nodes do not catch up after healing',
    )
    await this.#until(
      () =>
        alive().every(
          ({ repair, feed }) => repair?.scrubbed === true && feed?.behind === false && repair.missing() === 0,
        ),
      CALM_MS,
      'blobs are missing after healing',
    )
    await this.#until(
      () => this.#operator.configuration()?.outgoing.length === 0,
      CALM_MS,
      'the members stay between two configurations after healing',
    )
    for (const node of alive()) await this.#heal(node)
    const limit = SIM_NODE_OPTIONS.compactEntries + SIM_NODE_OPTIONS.tailEntries
    await this.#until(
      () =>
        alive().every((node) => {
          const raft = node.node?.status().raft
          return raft !== undefined && raft.lastIndex - raft.firstIndex < limit
        }),
      CALM_MS,
      'a log was not compacted',
    )
    await this.#until(
      () => this.#network.calls === 0 && alive().every((node) => node.states.openSnapshots === 0),
      CALM_MS,
      'views or calls stay open when all is quiet',
    )
  }

  /** Damaged copies are found by reading them, set aside, and fetched again. */
  async #heal({ id, blobs, repair }: SimNode): Promise<void> {
    if (blobs === undefined || repair === undefined) return
    await this.#await(async () => {
      for (const digest of this.#tally.acknowledged.values()) {
        while (!(await isHeldWhole(blobs, digest))) {
          repair.wanted([digest])
          await new Promise<void>((resolve) => this.#clock.schedule(200, resolve))
        }
      }
    }, `damaged blobs of ${id} are not fetched again`)
  }

  async #check(): Promise<void> {
    const alive = this.#alive()
    // The leader may stamp the time at any moment: the last entry is compared where all have it.
    await this.#until(
      () => new Set(alive.map(({ node }) => node?.status().appliedIndex)).size === 1,
      CALM_MS,
      'the nodes do not apply the same entries',
    )
    const hashes = new Set(alive.map((node) => hex(node.node?.hashAt(node.node.status().appliedIndex))))
    if (hashes.size !== 1) this.#violate(`state hashes differ at the end: ${[...hashes].join(', ')}`)
    const members = new Set(alive.map(({ node }) => JSON.stringify(node?.status().raft.configuration)))
    if (members.size !== 1) this.#violate(`the members differ at the end: ${[...members].join(' and ')}`)
    for (const node of alive) await this.#checkNode(node)
    const verdict = checkLinearizable(this.#history)
    if (!verdict.ok) {
      this.#violate(
        `the history of ${verdict.key} is not linearizable:\n${verdict.operations?.map((o) => JSON.stringify(o)).join('\n')}`,
      )
    }
  }

  async #checkNode(simNode: SimNode): Promise<void> {
    const { node } = simNode
    if (node === undefined) return this.#violate(`${simNode.id} is not up at the end`)
    await this.#await(async () => {
      await using view = await node.view({ consistency: 'stale' })
      for (const text of await this.#tally.check(view)) this.#violate(`${simNode.id}: ${text}`)
      for (const [key, digest] of this.#tally.acknowledged) {
        const version = view.version(parsePackageId(key))
        if (version === undefined) this.#violate(`${key} was acknowledged and is not on ${simNode.id}`)
        else if (version.content?.sha256 !== digest)
          this.#violate(`${key} has other content on ${simNode.id}`)
        // What a kill left in the page cache counts here: a start after a power cut looks for what is missing.
        else if (!isCopy(simNode.disk.peek(blobPath(digest)), digest))
          this.#violate(`the bytes of ${key} are not right on ${simNode.id}`)
      }
    }, `checking ${simNode.id}`)
  }

  /** Runs events until the work is done. */
  async #await(work: () => Promise<void>, what: string): Promise<void> {
    let done = false
    let failure: unknown
    work().then(
      () => {
        done = true
      },
      (error: unknown) => {
        done = true
        failure = error
      },
    )
    await this.#until(() => done, CALM_MS, what)
    if (failure !== undefined) throw failure
  }

  async #until(condition: () => boolean, limitMs: number, what: string): Promise<void> {
    const limit = this.#clock.now + limitMs
    await quiet()
    while (!condition()) {
      if (this.#clock.now > limit || this.#events > EVENTS_MAX || !this.#clock.runNext()) {
        throw new Stuck(`${what} (at ${this.#clock.now.toFixed(0)} ms)\n${this.#describeNodes()}`)
      }
      this.#events++
      await quiet()
      this.#observer.look()
      if (this.#isBroken) throw new Over()
    }
  }

  /** A promise is broken already: what follows would tell nothing more. */
  get #isBroken(): boolean {
    return this.#violations.length > 0 || this.#nodes.some((node) => node.unexpected.length > 0)
  }

  #leader(): NodeId | undefined {
    return this.#nodes.find((node) => node.node?.status().role === 'leader')?.id
  }

  #describeNodes(): string {
    return this.#nodes
      .map((node) => {
        const status = node.node?.status()
        if (status === undefined)
          return `  ${node.id}: ${node.isUp ? 'opening' : 'down'} ${node.lost ?? ''} ${node.refused?.message ?? ''}`
        const { role, term, commitIndex, appliedIndex, leader, raft, fault } = status
        return `  ${node.id}: ${role} term ${term} leader ${leader} commit ${commitIndex} applied ${appliedIndex} log ${raft.firstIndex}..${raft.lastIndex} missing ${node.repair?.missing()} ${fault?.message ?? ''}`
      })
      .join('\n')
  }

  #violate(text: string): void {
    if (this.#violations.length < 20) this.#violations.push(text)
    this.#trace(`VIOLATION ${text}`)
  }

  #trace(line: string): void {
    const stamped = this.#traceWire(line)
    this.options.story?.(stamped)
  }

  /** What happens to single messages. */
  #traceWire(line: string): string {
    const stamped = `${this.#clock.now.toFixed(3)} ${line}`
    this.#traced += `${stamped}\n`
    if (this.#traced.length > TRACED_CHARS_MAX) {
      this.#traceHash.update(this.#traced)
      this.#traced = ''
    }
    this.options.trace?.(stamped)
    return stamped
  }
}

class Stuck extends Error {}
class Over extends Error {}

async function isHeldWhole(blobs: QuorumBlobStore, digest: Digest): Promise<boolean> {
  try {
    return await blobs.verify(digest)
  } catch (error) {
    if (error instanceof MarketplaceError && error.reason === 'BLOB_NOT_FOUND') return false
    throw error
  }
}

function hex(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? 'none' : bytesToHex(bytes)
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
