import { DecodeError } from '../model/codec.js'
import { MarketplaceError } from '../model/error.js'
import type { Incarnation, NodeId } from '../model/node-id.js'
import type { FileSystem } from '../runtime/file-system.js'
import { replaceFile } from './replace-file.js'
import { sealText, unsealText } from './sealed-text.js'

const FILE = 'peers'
const FIRST_LINE = 'ggen-marketplace peers 1'
const PEER = /^peer (\S+) ([0-9a-f]{32})$/
/** Node ids are never used again, so the list grows with every replaced machine; nobody replaces this many. */
const PEERS_MAX = 4096

/** The first incarnation that this folder saw of each peer. */
export class PeerFile {
  /** Writes one after another. */
  #last: Promise<void> = Promise.resolve()

  private constructor(
    private readonly fileSystem: FileSystem,
    private readonly incarnations: Map<NodeId, Incarnation>,
  ) {}

  /** @throws MarketplaceError STORAGE_CORRUPT */
  static async open(fileSystem: FileSystem): Promise<PeerFile> {
    if ((await fileSystem.stat(FILE)) === undefined) return new PeerFile(fileSystem, new Map())
    try {
      const [first, ...lines] = unsealText(await fileSystem.readFile(FILE))
      if (first !== FIRST_LINE) throw new DecodeError(`it begins with ${JSON.stringify(first)}`)
      return new PeerFile(fileSystem, new Map(lines.map(parsePeer)))
    } catch (error) {
      if (error instanceof DecodeError) throw damaged(error.message)
      throw error
    }
  }

  get(peer: NodeId): Incarnation | undefined {
    return this.incarnations.get(peer)
  }

  /** Known to {@link get} only once durable. */
  add(peer: NodeId, incarnation: Incarnation): Promise<void> {
    const added = this.#last.then(async () => {
      if (this.incarnations.has(peer)) return
      if (this.incarnations.size >= PEERS_MAX) throw tooMany(peer)
      const all = new Map(this.incarnations).set(peer, incarnation)
      const lines = [...all].map(([id, known]) => `peer ${id} ${known}`)
      await replaceFile(this.fileSystem, FILE, sealText([FIRST_LINE, ...lines]))
      this.incarnations.set(peer, incarnation)
    })
    this.#last = added.catch(() => {})
    return added
  }
}

function parsePeer(line: string): [NodeId, Incarnation] {
  const match = PEER.exec(line)
  if (match === null) throw new DecodeError(`line ${JSON.stringify(line)}`)
  return [match[1] as NodeId, match[2] as Incarnation]
}

function damaged(why: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'STORAGE_CORRUPT',
    message: `data folder file ${FILE}: ${why}`,
    help: 'bring the file back from a copy of this folder, or add the node again as a new member with an empty folder',
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
