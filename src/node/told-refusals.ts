import type { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import type { Logger } from '../runtime/logger.js'

/** More names than that have no place here: a cluster is smaller. */
const PEERS_KEPT_MAX = 16
const TEXT_LENGTH_MAX = 600

/**
 * What others have against this node, as they said over connections that they made to it while it begins. It may know none of them:
 * those whom its log names can all have been replaced while it was off, and then nobody whom it asks is left to answer.
 *
 * It is told to the operator, and nothing else follows from it. Who is heard here knows the cluster's ids and no secret: a word of theirs
 * must not keep a node from starting whom those that it knows confirm.
 */
export class ToldRefusals {
  readonly #texts = new Map<NodeId, string>()

  constructor(
    private readonly self: NodeId,
    private readonly logger: Logger,
    /** Told the first one of each. */
    private readonly listener: (what: string) => void = () => {},
  ) {}

  take(from: NodeId, refusal: MarketplaceError): void {
    const isNew = !this.#texts.has(from)
    if (isNew && this.#texts.size >= PEERS_KEPT_MAX) return
    const { reason, message, help } = refusal
    const text = `${short(from)} refuses ${this.self} (${reason}): ${short(message)}. What to do: ${short(help)}`
    this.#texts.set(from, text)
    if (!isNew) return
    this.logger.warn(
      { peer: from, reason, message: short(message), help: short(help) },
      'a member refuses this node',
    )
    this.listener(text)
  }

  /** The last of each, for whoever asks why this node does not serve yet. */
  get reasons(): readonly string[] {
    return [...this.#texts.values()]
  }
}

/** Of a length and in characters that a terminal and a log bear. */
function short(text: string): string {
  const plain = text.replace(/\p{Cc}+/gu, ' ')
  return plain.length <= TEXT_LENGTH_MAX ? plain : `${plain.slice(0, TEXT_LENGTH_MAX)}…`
}
