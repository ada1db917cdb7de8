import { bytesToHex, DecodeError } from '../model/codec.js'
import { MarketplaceError } from '../model/error.js'
import type { ClusterId, HistoryId, Incarnation, NodeId } from '../model/node-id.js'
import {
  type FolderTestimony,
  type KnownIdentity,
  nextStartMark,
  type ShownIdentity,
  START_MARK_RANDOM_BYTES,
  START_MARKS_MAX,
  type StartMark,
} from '../model/start-mark.js'
import type { FileSystem } from '../runtime/file-system.js'
import type { Random } from '../runtime/random.js'
import { PeerFile } from './peer-file.js'
import { replaceFile } from './replace-file.js'
import { sealText, unsealText } from './sealed-text.js'

const FILE = 'identity'
const FIRST_LINE = 'ggen-marketplace data folder'
const FORMAT_VERSION = 4
/** Without those who were shown the folder. */
const VERSION_WITHOUT_SHOWN = 3
/** Without the history either, which was then the first one of its cluster. */
const VERSION_WITHOUT_HISTORY = 2
const SHOWN = /^shown (\S+)$/
const MARK = /^mark ([0-9a-f]{32})$/

/** Whose folder it is meant to be. */
export interface FolderOwner {
  readonly clusterId: ClusterId
  readonly nodeId: NodeId
}

/** What a folder is made with. */
export interface FolderOrigin extends FolderOwner {
  /** The history that a new folder begins in; one that is there keeps its own. */
  readonly historyId: HistoryId
}

interface IdentityRecord extends FolderOrigin, ShownIdentity {
  readonly admitted: boolean
  readonly shownTo: readonly NodeId[]
}

type FoundIdentity = Omit<IdentityRecord, 'historyId'> & { readonly historyId: HistoryId | undefined }

/**
 * Who this folder is, for as long as it lives: cluster, node, an incarnation drawn once, by which the others tell it from an
 * empty folder under the same name, and marks drawn at every start, by which they tell it from an older copy of itself. And
 * whom it has met.
 */
export class FolderIdentity {
  #record: IdentityRecord
  /** Changes of the file one after another. */
  #last: Promise<unknown> = Promise.resolve()

  private constructor(
    private readonly fileSystem: FileSystem,
    record: IdentityRecord,
    private readonly peers: PeerFile,
    private readonly random: Random,
  ) {
    this.#record = record
  }

  /**
   * Reads the identity, or makes one in a folder that holds nothing yet.
   * @throws MarketplaceError FOLDER_FOREIGN (another node's or cluster's), STORAGE_CORRUPT, VERSION_UNSUPPORTED
   */
  static async open(fileSystem: FileSystem, origin: FolderOrigin, random: Random): Promise<FolderIdentity> {
    const found = await readIdentity(fileSystem)
    if (found !== undefined && (found.clusterId !== origin.clusterId || found.nodeId !== origin.nodeId))
      throw foreign(found, origin)
    const record =
      found === undefined
        ? await makeIdentity(fileSystem, origin, random)
        : { ...found, historyId: found.historyId ?? origin.historyId }
    return new FolderIdentity(fileSystem, record, await PeerFile.open(fileSystem), random)
  }

  /**
   * Gives a folder, whose log and state were put there by a restore, its identity: the last thing that it lacks.
   * @throws STORAGE_CORRUPT where it has one already
   */
  static async place(fileSystem: FileSystem, origin: FolderOrigin, random: Random): Promise<void> {
    if ((await fileSystem.stat(FILE)) !== undefined || !(await PeerFile.makeEmpty(fileSystem)))
      throw damaged('there is one already')
    await writeIdentity(fileSystem, newIdentity(origin, random))
  }

  get clusterId(): ClusterId {
    return this.#record.clusterId
  }

  get nodeId(): NodeId {
    return this.#record.nodeId
  }

  /** The history of the log that this folder takes part in; members of another are not listened to. */
  get historyId(): HistoryId {
    return this.#record.historyId
  }

  get incarnation(): Incarnation {
    return this.#record.incarnation
  }

  get startMarks(): readonly StartMark[] {
    return this.#record.startMarks
  }

  /**
   * Whether the other members have ever known this incarnation. From then on the folder has a log with promises in it: a
   * missing one must not be begun anew.
   */
  get admitted(): boolean {
    return this.#record.admitted
  }

  /** Durable when it resolves. */
  async markAdmitted(): Promise<void> {
    await this.#change((record) => (record.admitted ? record : { ...record, admitted: true }))
  }

  /** A new mark, durable when it resolves; false where {@link START_MARKS_MAX} are kept, and none is drawn. */
  async drawStartMark(): Promise<boolean> {
    const random = this.random.bytes(START_MARK_RANDOM_BYTES)
    const before = this.#record
    const after = await this.#change((record) => {
      const { startMarks } = record
      if (startMarks.length >= START_MARKS_MAX) return record
      return { ...record, startMarks: [...startMarks, nextStartMark(startMarks, random)] }
    })
    return after.startMarks.at(-1) !== before.startMarks.at(-1)
  }

  /** Whom this folder was shown, or was to be, and who may remember marks of it. */
  get shownTo(): readonly NodeId[] {
    return this.#record.shownTo
  }

  /** Adds one, durably when it resolves. */
  async willShow(peer: NodeId): Promise<void> {
    await this.#change((record) => {
      const { shownTo } = record
      return shownTo.includes(peer) ? record : { ...record, shownTo: [...shownTo, peer] }
    })
  }

  /**
   * Every member remembers this mark or a later one: those before it go.
   * @param forgotten of those that the folder was shown to; what they remember is waited for no more
   */
  async dropMarksBefore(mark: StartMark, forgotten: readonly NodeId[]): Promise<void> {
    await this.#change((record) => {
      const startMarks = record.startMarks.slice(Math.max(0, record.startMarks.indexOf(mark)))
      const shownTo = record.shownTo.filter((peer) => !forgotten.includes(peer))
      const same = startMarks.length === record.startMarks.length && shownTo.length === record.shownTo.length
      return same ? record : { ...record, startMarks, shownTo }
    })
  }

  /**
   * The folder goes on in a history of its own (forced recovery), which none of the peers has ever had a part in: what it
   * remembers of them is forgotten. Durable when it resolves.
   */
  async beginHistory(historyId: HistoryId): Promise<void> {
    await this.#change((record) => ({ ...record, historyId }))
    await this.peers.forget()
  }

  knownPeer(peer: NodeId): KnownIdentity | undefined {
    return this.peers.get(peer)
  }

  /** Remembers the newest mark of a peer, where it can be the folder that is remembered; else changes nothing. Durable when it resolves. */
  async rememberPeer(peer: NodeId, shown: ShownIdentity): Promise<void> {
    await this.peers.remember(peer, shown)
  }

  /** Remembers what others tell of peers, where that is news. Durable when it resolves. */
  async hearOfPeers(told: readonly FolderTestimony[]): Promise<void> {
    await this.peers.hear(told)
  }

  #change(update: (record: IdentityRecord) => IdentityRecord): Promise<IdentityRecord> {
    const changed = this.#last.then(async () => {
      const record = update(this.#record)
      if (record !== this.#record) await writeIdentity(this.fileSystem, record)
      this.#record = record
      return record
    })
    this.#last = changed.catch(() => {})
    return changed
  }
}

/** Whose folder it says it is; undefined where it holds nothing yet. @throws STORAGE_CORRUPT, VERSION_UNSUPPORTED */
export async function readFolderOwner(
  fileSystem: FileSystem,
): Promise<(FolderOwner & Pick<FoundIdentity, 'historyId'>) | undefined> {
  return readIdentity(fileSystem)
}

async function makeIdentity(
  fileSystem: FileSystem,
  origin: FolderOrigin,
  random: Random,
): Promise<IdentityRecord> {
  // The identity comes before any promise into a new folder: a log or state without one has lost it.
  for (const name of ['wal', 'CURRENT']) {
    if ((await fileSystem.stat(name)) !== undefined) throw damaged(`the file is missing beside ${name}`)
  }
  // The peers come before the identity: where that is, they were, and a list that is missing was taken away.
  if (!(await PeerFile.makeEmpty(fileSystem))) throw damaged('the file is missing beside peers')
  const record = newIdentity(origin, random)
  await writeIdentity(fileSystem, record)
  return record
}

function newIdentity({ clusterId, historyId, nodeId }: FolderOrigin, random: Random): IdentityRecord {
  const incarnation = bytesToHex(random.bytes(16)) as Incarnation
  return { clusterId, historyId, nodeId, incarnation, startMarks: [], admitted: false, shownTo: [] }
}

async function writeIdentity(fileSystem: FileSystem, record: IdentityRecord): Promise<void> {
  const lines = [
    `${FIRST_LINE} ${FORMAT_VERSION}`,
    `cluster ${record.clusterId}`,
    `node ${record.nodeId}`,
    `incarnation ${record.incarnation}`,
    `admitted ${record.admitted ? 'yes' : 'no'}`,
    `history ${record.historyId}`,
    ...record.shownTo.map((peer) => `shown ${peer}`),
    ...record.startMarks.map((mark) => `mark ${mark}`),
  ]
  await replaceFile(fileSystem, FILE, sealText(lines))
}

/** The history is undefined in a file of {@link VERSION_WITHOUT_HISTORY}. */
async function readIdentity(fileSystem: FileSystem): Promise<FoundIdentity | undefined> {
  if ((await fileSystem.stat(FILE)) === undefined) return undefined
  const lines = unsealed(await fileSystem.readFile(FILE))
  const version = lineValue(lines, 0, FIRST_LINE)
  const older = version === String(VERSION_WITHOUT_HISTORY)
  if (!older && ![FORMAT_VERSION, VERSION_WITHOUT_SHOWN].map(String).includes(version))
    throw unsupported(version)
  const rest = lines.slice(older ? 5 : 6)
  const shownTo = rest.flatMap((line) => SHOWN.exec(line)?.[1] ?? []) as NodeId[]
  return {
    clusterId: lineValue(lines, 1, 'cluster') as ClusterId,
    nodeId: lineValue(lines, 2, 'node') as NodeId,
    incarnation: lineValue(lines, 3, 'incarnation') as Incarnation,
    admitted: lineValue(lines, 4, 'admitted') === 'yes',
    historyId: older ? undefined : (lineValue(lines, 5, 'history') as HistoryId),
    shownTo,
    startMarks: rest.slice(shownTo.length).map(parseMark),
  }
}

function parseMark(line: string): StartMark {
  const mark = MARK.exec(line)?.[1]
  if (mark === undefined) throw damaged(`line ${JSON.stringify(line)} is not a mark`)
  return mark as StartMark
}

function unsealed(bytes: Uint8Array): string[] {
  try {
    return unsealText(bytes)
  } catch (error) {
    if (error instanceof DecodeError) throw damaged(error.message)
    throw error
  }
}

function lineValue(lines: readonly string[], position: number, name: string): string {
  const line = lines[position]
  if (line === undefined || !line.startsWith(`${name} `)) throw damaged(`line ${position + 1} is not ${name}`)
  return line.slice(name.length + 1)
}

function damaged(why: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'STORAGE_CORRUPT',
    message: `data folder file ${FILE}: ${why}`,
    help:
      'bring the file back from a copy of this folder; otherwise keep the folder aside and add the node again ' +
      'as a new member with an empty folder (a new node id)',
    details: { file: FILE, offset: '0' },
  })
}

function unsupported(version: string): MarketplaceError {
  const older = Number(version) < FORMAT_VERSION
  return new MarketplaceError({
    reason: 'VERSION_UNSUPPORTED',
    message: `data folder has format version ${version}, this program knows ${FORMAT_VERSION}`,
    help: older
      ? 'it is from before the first release and is not converted: begin the cluster anew with empty data folders'
      : 'start the newer program that wrote it',
  })
}

function foreign(found: FolderOwner, wanted: FolderOwner): MarketplaceError {
  return new MarketplaceError({
    reason: 'FOLDER_FOREIGN',
    message:
      `data folder belongs to node ${found.nodeId} of cluster ${found.clusterId}, ` +
      `but this is node ${wanted.nodeId} of cluster ${wanted.clusterId}`,
    help: 'give this node its own data folder, or correct its node id, cluster token and member list',
    details: {
      foundNode: found.nodeId,
      foundCluster: found.clusterId,
      node: wanted.nodeId,
      cluster: wanted.clusterId,
    },
  })
}
