import { ClassicLevel, type GetOptions, type Snapshot } from 'classic-level'
import { MarketplaceError } from '../../model/error.js'
import type {
  KeyRange,
  KeyValueSnapshot,
  KeyValueStore,
  WriteOperation,
} from '../../state/key-value-store.js'

const MIB = 1024 * 1024

/**
 * Small machines: with these a store of 60,000 packages keeps below 100 MiB of native memory.
 * `cacheSize` uncompressed blocks; `writeBufferSize` twice at most; files of 8 MiB keep the number of open (and mapped)
 * tables low. Values are mostly text, which Snappy halves at little cost.
 */
const LEVEL_OPTIONS = {
  keyEncoding: 'view',
  valueEncoding: 'view',
  compression: true,
  cacheSize: 32 * MIB,
  writeBufferSize: 4 * MIB,
  blockSize: 4096,
  maxFileSize: 8 * MIB,
  maxOpenFiles: 200,
} as const

/** Pairs and bytes of one batch of an iteration. */
const ITERATE_PAIRS_MAX = 1_000
const ITERATE_BYTES_MAX = 256 * 1024

/** What abstract-level hands a batch to once it has looked at each operation. */
interface PrivateBatch {
  _batch(operations: readonly WriteOperation[], options: { readonly sync: boolean }): Promise<void>
}

/** LevelDB with a straight way in for batches. */
class Level extends ClassicLevel<Uint8Array, Uint8Array> {
  /**
   * The same as `batch`, without the hooks, sublevels, events and encodings that are not used here: for those it clones
   * every operation, which took three quarters of a batch's time.
   */
  async batchAsIs(operations: readonly WriteOperation[], sync: boolean): Promise<void> {
    if (this.status !== 'open') throw new Error(`it is ${this.status}`)
    await (this as unknown as PrivateBatch)._batch(operations, { sync })
  }
}

/** The replicated state on LevelDB. */
export class LevelKeyValueStore implements KeyValueStore {
  private constructor(
    private readonly level: Level,
    private readonly onClose: () => Promise<void>,
  ) {}

  /**
   * @param location absolute path of a folder of its own; made if missing
   * @param onClose called once the files are closed
   * @throws MarketplaceError FOLDER_LOCKED, STATE_CORRUPT, STORAGE_FAILED
   */
  static async open(
    location: string,
    onClose: () => Promise<void> = async () => {},
  ): Promise<LevelKeyValueStore> {
    const level = new Level(location, LEVEL_OPTIONS)
    try {
      await level.open()
    } catch (error) {
      throw openError(location, error)
    }
    return new LevelKeyValueStore(level, onClose)
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    return checked(this.level.location, () => plain(this.level.getSync(key)))
  }

  async write(operations: readonly WriteOperation[], options: { readonly sync: boolean }): Promise<void> {
    try {
      await this.level.batchAsIs(operations, options.sync)
    } catch (error) {
      throw ioError(this.level.location, error)
    }
  }

  snapshot(): KeyValueSnapshot {
    return new LevelKeyValueSnapshot(this.level, this.level.snapshot())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.level.status === 'closed' || this.level.status === 'closing') return
    await this.level.close()
    await this.onClose()
  }
}

class LevelKeyValueSnapshot implements KeyValueSnapshot {
  /** With the encodings in them, which it would put into a copy for every key. */
  readonly #options: GetOptions<Uint8Array, Uint8Array>

  constructor(
    private readonly level: Level,
    private readonly frozen: Snapshot,
  ) {
    this.#options = { snapshot: frozen, keyEncoding: 'view', valueEncoding: 'view' }
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    return checked(this.level.location, () => plain(this.level.getSync(key, this.#options)))
  }

  async *iterate(range: KeyRange): AsyncGenerator<(readonly [Uint8Array, Uint8Array])[]> {
    const iterator = this.level.iterator({
      gte: range.from,
      lt: range.to,
      reverse: range.reverse ?? false,
      limit: range.limit ?? -1,
      snapshot: this.frozen,
      // One pass over much must not push out what point reads keep warm.
      fillCache: false,
      highWaterMarkBytes: ITERATE_BYTES_MAX,
    })
    try {
      for (;;) {
        const pairs = await iterator.nextv(ITERATE_PAIRS_MAX)
        if (pairs.length === 0) return
        yield pairs.map(([key, value]) => [plain(key), plain(value)] as const)
      }
    } catch (error) {
      throw error instanceof MarketplaceError ? error : ioError(this.level.location, error)
    } finally {
      await iterator.close()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.frozen.close()
  }
}

/** The bytes without the Buffer around them, whose `slice` would share memory. */
function plain<T extends Uint8Array | undefined>(bytes: T): T {
  if (bytes === undefined) return bytes
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) as Uint8Array as T
}

function checked<T>(location: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw ioError(location, error)
  }
}

function codeOf(error: unknown): string | undefined {
  const { code, cause } = error as { code?: string; cause?: { code?: string } }
  return cause?.code ?? code
}

export function openError(location: string, error: unknown): MarketplaceError {
  if (codeOf(error) !== 'LEVEL_LOCKED') return ioError(location, error)
  return new MarketplaceError({
    reason: 'FOLDER_LOCKED',
    message: `${location} is in use by another process`,
    help: 'stop the other process, or give this node a folder of its own',
    cause: error,
  })
}

/**
 * LevelDB's own word for damage; and what it calls an I/O error although the disk does as it is told: a file of the store is
 * gone (ENOENT) or ends before what should be in it (EINVAL, where a table is mapped). There is no code for the latter, and
 * `getSync` gives none at all, only the text. The lock file is left out: without it there is no folder.
 */
const DAMAGE = /^Corruption: |^IO error: .*(?<!LOCK): (?:No such file or directory|Invalid argument)$/

/** STATE_CORRUPT is healed by the others' state; STORAGE_FAILED is for the operator: the disk refuses, is full or is not ours. */
function ioError(location: string, error: unknown): MarketplaceError {
  const why = (error as { cause?: Error }).cause?.message ?? (error as Error).message
  const corrupt = codeOf(error) === 'LEVEL_CORRUPTION' || DAMAGE.test(why)
  return new MarketplaceError({
    reason: corrupt ? 'STATE_CORRUPT' : 'STORAGE_FAILED',
    message: `state in ${location}: ${why}`,
    help: corrupt
      ? 'check the disk; then `ggen-market cluster heal NODE`, or a restart: the node fetches the state from the others'
      : 'free space on the disk or replace it, then restart the node',
    cause: error,
  })
}
