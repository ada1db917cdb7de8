import { DecodeError, type Decoder, Encoder } from '../model/codec.js'
import { decodeMemberMessage } from '../model/member-message.js'
import type { Incarnation, NodeId } from '../model/node-id.js'
import { type FolderTestimony, newestMark, type StartMark } from '../model/start-mark.js'
import { MEMBERS_MAX } from '../raft/membership-change.js'
import type { PeerTransport } from '../rpc/peer-transport.js'
import type { IdentityFolder } from './incarnation-registry.js'

const PROCEDURE = 'identity.testify'
const CALL_MS = 1_500
/** Members of two configurations. */
const NAMES_MAX = 2 * MEMBERS_MAX

/**
 * Hands on what the members know of each other's folders, before those who know it are replaced: whoever was off all the while
 * comes back to members that have never met its folder, and they must tell it from an emptied one and from an older copy.
 *
 * A start that was admitted is known to so many of the voters that, with the folder's own node, they are a majority. Before the
 * voters change, the leader asks a majority of the old ones and then tells a majority of the new ones, in one term; so that each
 * start which was admitted before is known to as many again. A start that is admitted meanwhile binds the node to nobody but a
 * leader that it shows itself to, or else to one of a later term, and then the change does not come about.
 */
export class FolderTestimonies {
  constructor(
    private readonly self: NodeId,
    private readonly folder: IdentityFolder,
    private readonly transport: PeerTransport,
  ) {}

  /** Answers other members: takes what they tell, and tells what this one knows. */
  serve(): void {
    this.transport.serve(PROCEDURE, async (_from, call) => {
      const { names, told } = decodeMemberMessage(PROCEDURE, call.header, (input) => ({
        names: listOf(input, () => input.text() as NodeId),
        told: decodeTold(input),
      }))
      await this.#hear(told)
      return { header: encodeTold(new Encoder(), this.#known(names)) }
    })
  }

  /**
   * @param promoted of the voters to be, those who are none yet: all of them have to know
   * @returns what is lacking, in words; undefined where so many know as has to be
   */
  async handOn(
    before: readonly NodeId[],
    next: readonly NodeId[],
    promoted: readonly NodeId[],
  ): Promise<string | undefined> {
    const names = [...new Set([...before, ...next])]
    const asked = await this.#exchange(names, names, [])
    const mute = before.filter((id) => !asked.has(id))
    if (mute.length * 2 >= before.length)
      return `too few of the voters tell whose folders they know: ${silence(mute)}`
    await this.#hear([...asked.values()].flat())
    const taken = await this.#exchange(next, [], this.#known(names))
    const deaf = next.filter((id) => !taken.has(id))
    const isWanting = deaf.length * 2 >= next.length || deaf.some((id) => promoted.includes(id))
    return isWanting ? `too few voters to be are told of the members’ folders: ${silence(deaf)}` : undefined
  }

  /** What each of those who answer knows of the names, once it has taken what it is told. */
  async #exchange(
    asked: readonly NodeId[],
    names: readonly NodeId[],
    told: readonly FolderTestimony[],
  ): Promise<Map<NodeId, readonly FolderTestimony[]>> {
    const out = new Encoder()
    const header = encodeTold(
      out.list(names, (id) => out.text(id)),
      told,
    )
    const answers = new Map<NodeId, readonly FolderTestimony[]>()
    const ask = async (id: NodeId) => {
      if (id === this.self) return this.#known(names)
      const answer = await this.transport.call(id, PROCEDURE, { header }, { deadlineMs: CALL_MS })
      return decodeMemberMessage(PROCEDURE, answer.header, decodeTold)
    }
    await Promise.all(
      asked.map((id) =>
        ask(id).then(
          (answer) => answers.set(id, answer),
          () => {},
        ),
      ),
    )
    return answers
  }

  #known(names: readonly NodeId[]): FolderTestimony[] {
    return names.flatMap((id) => {
      const { incarnation, startMarks } = this.folder
      const own = { incarnation, startMark: startMarks.at(-1) }
      const known = id === this.self ? own : this.folder.knownPeer(id)
      const startMark = known && newestMark(known)
      return known === undefined || startMark === undefined
        ? []
        : [{ id, incarnation: known.incarnation, startMark }]
    })
  }

  async #hear(told: readonly FolderTestimony[]): Promise<void> {
    await this.folder.hearOfPeers(told.filter(({ id }) => id !== this.self))
  }
}

function encodeTold(out: Encoder, told: readonly FolderTestimony[]): Uint8Array {
  return out
    .list(told, ({ id, incarnation, startMark }) => out.text(id).hex(incarnation, 16).hex(startMark, 16))
    .finish()
}

function decodeTold(input: Decoder): FolderTestimony[] {
  return listOf(input, () => ({
    id: input.text() as NodeId,
    incarnation: input.hex(16) as Incarnation,
    startMark: input.hex(16) as StartMark,
  }))
}

function listOf<T>(input: Decoder, read: () => T): T[] {
  const list = input.list(read)
  if (list.length > NAMES_MAX) throw new DecodeError(`${list.length} members`)
  return list
}

function silence(ids: readonly NodeId[]): string {
  return `${ids.join(', ')} ${ids.length === 1 ? 'gives' : 'give'} no answer`
}
