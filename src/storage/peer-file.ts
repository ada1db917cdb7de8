import { DecodeError } from '../model/codec.js'
import { MarketplaceError } from '../model/error.js'
import type { Incarnation, NodeId } from '../model/node-id.js'
import {
  afterTold,
  type FolderTestimony,
  judgeIdentity,
  type KnownIdentity,
  type ShownIdentity,
  type StartMark,
} from '../model/start-mark.js'
import type { FileSystem } from '../runtime/file-system.js'
import { replaceFile } from './replace-file.js'
import { sealText, unsealText } from './sealed-text.js'

const FILE = 'peers'
const FIRST_LINE = 'ggen-marketplace peers 3'
/** Without what was heard. */
const OLDER_FIRST_LINE = 'ggen-marketplace peers 2'
/** `peer`: it has shown this mark. `heard`: others told of it. */
const LINE = /^(peer|heard) (\S+) ([0-9a-f]{32}) ([0-9a-f]{32})$/
/** Node ids are never used again, so the list grows with every replaced machine; nobody replaces this many. */
const PEERS_MAX = 4096

/** What this folder remembers of each peer: the first incarnation that it saw, and the newest marks that it was shown or told of. */
export class PeerFile {
  /** Writes one after another. */
  #last: Promise<void> = Promise.resolve()

  private constructor(
    private readonly fileSystem: FileSystem,
    private readonly known: Map<NodeId, KnownIdentity>,
  ) {}

  /** @throws MarketplaceError STORAGE_CORRUPT, also where there is none: it holds what peers may not do. */
  static async open(fileSystem: FileSystem): Promise<PeerFile> {
    if ((await fileSystem.stat(FILE)) === undefined) throw damaged('it is missing')
    try {
      const [first, ...lines] = unsealText(await fileSystem.readFile(FILE))
      if (first !== FIRST_LINE && first !== OLDER_FIRST_LINE)
        throw new DecodeError(`it begins with ${JSON.stringify(first)}`)
      return new PeerFile(fileSystem, parsePeers(lines))
    } catch (error) {
      if (error instanceof DecodeError) throw damaged(error.message)
      throw error
    }
  }

  /** In a folder that has no identity yet. False where one with peers is there already. */
  static async makeEmpty(fileSystem: FileSystem): Promise<boolean> {
    if ((await fileSystem.stat(FILE)) === undefined) await write(fileSystem, new Map())
    return (await PeerFile.open(fileSystem)).known.size === 0
  }

  get(peer: NodeId): KnownIdentity | undefined {
    return this.known.get(peer)
  }

  /** Nobody is known any more. Durable when it resolves. */
  forget(): Promise<void> {
    const forgotten = this.#last.then(async () => {
      await write(this.fileSystem, new Map())
      this.known.clear()
    })
    this.#last = forgotten.catch(() => {})
    return forgotten
  }

  /** Known to {@link get} only once durable. Changes nothing where it is not the folder that is remembered. */
  remember(peer: NodeId, shown: ShownIdentity): Promise<void> {
    const remembered = this.#last.then(async () => {
      const before = this.known.get(peer)
      const startMark = shown.startMarks.at(-1)
      if (startMark === undefined || (startMark === before?.startMark && before.heardMark === undefined))
        return
      if (before !== undefined && judgeIdentity(before, shown) !== 'same') return
      if (before === undefined && this.known.size >= PEERS_MAX) throw tooMany(peer)
      const known = { incarnation: shown.incarnation, startMark }
      await write(this.fileSystem, new Map(this.known).set(peer, known))
      this.known.set(peer, known)
    })
    this.#last = remembered.catch(() => {})
    return remembered
  }

  /** Adds what others tell; durable when it resolves. Whoever is one more than may be remembered is left out. */
  hear(told: readonly FolderTestimony[]): Promise<void> {
    const heard = this.#last.then(async () => {
      const after = new Map(this.known)
      for (const each of told) {
        if (after.has(each.id) || after.size < PEERS_MAX)
          after.set(each.id, afterTold(after.get(each.id), each))
      }
      const news = [...after].filter(([id, known]) => this.known.get(id) !== known)
      if (news.length === 0) return
      await write(this.fileSystem, after)
      for (const [id, known] of news) this.known.set(id, known)
    })
    this.#last = heard.catch(() => {})
    return heard
  }
}

async function write(fileSystem: FileSystem, known: ReadonlyMap<NodeId, KnownIdentity>): Promise<void> {
  const lines = [...known].flatMap(([id, { incarnation, startMark, heardMark }]) => [
    ...(startMark === undefined ? [] : [`peer ${id} ${incarnation} ${startMark}`]),
    ...(heardMark === undefined ? [] : [`heard ${id} ${incarnation} ${heardMark}`]),
  ])
  await replaceFile(fileSystem, FILE, sealText([FIRST_LINE, ...lines]))
}

function parsePeers(lines: readonly string[]): Map<NodeId, KnownIdentity> {
  const known = new Map<NodeId, KnownIdentity>()
  for (const line of lines) {
    const [, what, id, incarnation, mark] = LINE.exec(line) ?? []
    if (id === undefined) throw new DecodeError(`line ${JSON.stringify(line)}`)
    const before = known.get(id as NodeId)
    const marks = {
      startMark: before?.startMark,
      [what === 'peer' ? 'startMark' : 'heardMark']: mark as StartMark,
    }
    known.set(id as NodeId, { incarnation: incarnation as Incarnation, ...marks })
  }
  return known
}

function damaged(why: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'STORAGE_CORRUPT',
    message: `data folder file ${FILE}: ${why}`,
    help:
      'it says which folders this node may not listen to any more, so it is not made anew, and an older copy of it will not do: ' +
      'put back the file that was there when the node last ran; otherwise keep the folder aside and add the node again as a ' +
      'new member with an empty folder (a new node id)',
    details: { file: FILE, offset: '0' },
  })
}

function tooMany(peer: NodeId): MarketplaceError {
  return new MarketplaceError({
    reason: 'LIMIT_EXCEEDED',
    message: `peer ${peer} is one more than the ${PEERS_MAX} that a folder remembers`,
    help: 'begin a new data folder for this node',
  })
}
