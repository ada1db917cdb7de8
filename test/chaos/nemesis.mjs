// Deals out faults, one or two at a time, until time is over; between them the cluster has to come back and take a write.
import { setTimeout as pause } from 'node:timers/promises'
import { FAULTS, takesProcesses } from './faults.mjs'
import { factsOf } from './node-facts.mjs'

/** A node that is not ready so long after the faults are over is started again, as an operator would. */
const PATIENCE_MS = 15_000
const PROGRESS_MS = 60_000

export class Nemesis {
  #deck = []
  dealt = new Map()
  /** Why nodes had to be started again by hand. */
  restarts = []

  /** @param kinds of faults that the cluster can show; `write` resolves once a write was acknowledged */
  constructor({ cluster, random, kinds, write }) {
    this.cluster = cluster
    this.random = random
    this.faults = FAULTS.filter((fault) => kinds.includes(fault.kind))
    this.write = write
  }

  async run(untilMs) {
    while (Date.now() < untilMs) {
      const faults = [this.#deal(() => true)]
      if (this.random.chance(400))
        faults.push(this.#deal((fault) => !faults.some(takesProcesses) || !takesProcesses(fault)))
      const begun = Date.now()
      for (const { name } of faults) this.dealt.set(name, (this.dealt.get(name) ?? 0) + 1)
      await Promise.all(faults.map(({ run }) => run(this.cluster, this.random)))
      const over = Date.now()
      await this.recover()
      const [lasted, back] = [(over - begun) / 1_000, (Date.now() - over) / 1_000]
      console.log(
        `${faults.map(({ name }) => name).join(' and ')}: ${lasted.toFixed(1)} s, back after ${back.toFixed(1)} s`,
      )
      await pause(this.random.below(1_500))
    }
  }

  /** The next card of a shuffled deck that has every fault once; cards that do not fit stay. */
  #deal(fits) {
    let at = this.#deck.findIndex(fits)
    if (at < 0) {
      const fresh = [...this.faults]
      while (fresh.length > 0) this.#deck.push(...fresh.splice(this.random.below(fresh.length), 1))
      at = this.#deck.findIndex(fits)
    }
    return this.#deck.splice(at, 1)[0]
  }

  /** Ends all faults, brings every node back, and sees a write acknowledged. */
  async recover() {
    const { cluster } = this
    await cluster.heal()
    const deadline = Date.now() + PATIENCE_MS
    await Promise.all(cluster.nodes.map((node) => this.#bringBack(node, deadline)))
    const until = Date.now() + PROGRESS_MS
    while (!(await this.write())) {
      if (Date.now() > until)
        throw new Error(`no write succeeds ${PROGRESS_MS / 1_000} s after all faults ended`)
      await pause(100)
    }
  }

  async #bringBack(node, deadline) {
    await this.cluster.launch(node)
    for (;;) {
      const facts = await factsOf(node)
      if (facts?.ready) return
      const ended = !(await this.cluster.isRunning(node))
      if (!ended && Date.now() < deadline) {
        await pause(100)
        continue
      }
      const why = ended ? await this.cluster.words(node) : (facts?.reasons?.join('; ') ?? 'no answer')
      this.restarts.push(`${node.id}: ${why}`)
      console.log(`${node.id} is started again: ${ended ? `it has ended:\n${why}` : why}`)
      await this.cluster.kill(node)
      await this.cluster.launch(node)
      await this.cluster.ready(node)
      return
    }
  }
}
