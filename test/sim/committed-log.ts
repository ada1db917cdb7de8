import type { Configuration } from '../../src/raft/configuration.js'

/** From one index through another, one configuration is in force. */
interface Span {
  readonly from: number
  readonly through: number
  readonly name: string
  readonly by: string
}

/** Term of an entry in some log; undefined where the log does not retain it. */
export type TermAt = (index: number) => number | undefined

/**
 * What is committed, by whoever knew it first: the term of each entry, which with its index names it (log matching, Raft §5.3), and
 * who the members are at each. Nobody may ever know otherwise (§5.4.3), and whoever is elected later holds all of it (§5.4).
 */
export class CommittedLog {
  readonly #terms: (number | undefined)[] = []
  readonly #spans: Span[] = []

  constructor(private readonly report: (violation: string) => void) {}

  /** Somebody knows the entries from after `after` through `through` to be committed. */
  entries(by: string, after: number, through: number, termAt: TermAt): void {
    for (let index = after + 1; index <= through; index++) {
      const term = termAt(index)
      if (term === undefined) continue
      const known = this.#terms[index]
      if (known === undefined) this.#terms[index] = term
      else if (known !== term)
        this.report(`${by} takes entry ${index} of term ${term} for committed, and that of term ${known} was`)
    }
  }

  /** The first committed entry at or above `from` that a log lacks, or has another in the place of. */
  lackOf(from: number, termAt: TermAt): { readonly index: number; readonly term: number } | undefined {
    for (let index = from; index < this.#terms.length; index++) {
      const term = this.#terms[index]
      if (term !== undefined && termAt(index) !== term) return { index, term }
    }
    return undefined
  }

  /** In somebody's log no change of the members stands between these two committed indexes. */
  members(by: string, from: number, through: number, configuration: Configuration): void {
    const name = JSON.stringify([configuration.voters, configuration.outgoing, configuration.learners])
    let span: Span = { from, through, name, by }
    for (const [at, known] of [...this.#spans.entries()].reverse()) {
      if (known.through < span.from || known.from > span.through) continue
      if (known.name !== name) {
        const index = Math.max(span.from, known.from)
        this.report(`the members at ${index} are ${known.name} on ${known.by} and ${name} on ${by}`)
        return
      }
      this.#spans.splice(at, 1)
      const { from: first, through: last } = span
      span = { ...known, from: Math.min(known.from, first), through: Math.max(known.through, last) }
    }
    this.#spans.push(span)
  }
}
