import { createHash } from 'node:crypto'
import { bytesEqual, DecodeError, Decoder, Encoder } from '../model/codec.js'
import { LIMITS } from '../model/limit.js'
import { markersFrom, pieceMarker, piecesInAll } from './group-marker.js'
import { keys, TABLE } from './key-layout.js'
import type { KeyValueSnapshot, KeyValueStore, WriteOperation } from './key-value-store.js'
import { FRAME, FRAME_HEAD_BYTES, FrameReader, frame, pieces } from './snapshot-frame.js'
import {
  decodeHeader,
  encodeHeader,
  type SnapshotHeader,
  snapshotCorrupt,
  snapshotHeader,
} from './snapshot-header.js'
import { unseal } from './stored-value.js'
import { nameOf } from './working-set.js'

export interface SnapshotOptions {
  /** Chunks are at most this long. Default LIMITS.chunkBytesMax. */
  readonly chunkBytesMax?: number
}

/**
 * Streams a frozen state. The first chunk is the whole header. The snapshot stays the caller's to close.
 * @throws STATE_CORRUPT where a value does not match its checksum: a damaged state is not passed on
 */
export async function* writeSnapshot(
  snapshot: KeyValueSnapshot,
  options: SnapshotOptions = {},
): AsyncIterable<Uint8Array> {
  const chunkBytesMax = options.chunkBytesMax ?? LIMITS.chunkBytesMax
  const hash = createHash('sha256')
  const header = frame(FRAME.header, encodeHeader(snapshotHeader(snapshot)))
  hash.update(header)
  yield header
  let count = 0
  let pairs = new Encoder(chunkBytesMax)
  let bytes = 0
  const flush = () => {
    const whole = frame(FRAME.pairs, pairs.finish())
    hash.update(whole)
    pairs = new Encoder(chunkBytesMax)
    bytes = 0
    return pieces(whole, chunkBytesMax)
  }
  for await (const batch of snapshot.iterate({ from: Uint8Array.of(0), to: Uint8Array.of(0xff) })) {
    for (const [key, stored] of batch) {
      if (key[0] === TABLE.local) continue
      unseal(key, stored)
      const size = key.length + stored.length + 16
      if (bytes > 0 && bytes + size + FRAME_HEAD_BYTES > chunkBytesMax) yield* flush()
      pairs.bytes(key).bytes(stored)
      bytes += size
      count++
    }
  }
  if (bytes > 0) yield* flush()
  yield frame(FRAME.trailer, new Encoder(64).uint(count).raw(hash.digest()).finish())
}

/** The header, from the first chunk alone. */
export function decodeSnapshotHeader(firstChunk: Uint8Array): SnapshotHeader {
  const reader = new FrameReader()
  reader.push(firstChunk)
  const first = reader.next()
  if (first?.type !== FRAME.header) throw snapshotCorrupt('it does not begin with a header')
  return decodeHeader(first.payload)
}

/**
 * Checks a stream, as it comes, and writes it into an empty store, in batches of about a chunk. The meta records go last, in
 * the one batch that is synced: a store that was cut off before holds data without a format version, which no open accepts.
 * The caller syncs the folder before it swaps the store in, and deletes it after an error.
 */
export class SnapshotReception {
  readonly #intake = new SnapshotIntake()
  #piece = 0

  constructor(private readonly store: KeyValueStore) {}

  /** Whether the end of the stream was seen. */
  get isComplete(): boolean {
    return this.#intake.complete
  }

  /** The next bytes, of any length; one call at a time. @throws STATE_CORRUPT, VERSION_UNSUPPORTED */
  async take(bytes: Uint8Array): Promise<void> {
    for (const operations of this.#intake.push(bytes)) {
      await this.store.write([...operations, pieceMarker(this.#piece++)], { sync: false })
    }
  }

  /** All was sent. @throws STATE_CORRUPT */
  async finish(): Promise<SnapshotHeader> {
    const { header, operations } = this.#intake.finish()
    const markers = [piecesInAll(this.#piece), markersFrom(header.index + 1)]
    await this.store.write([...operations, ...markers], { sync: true })
    return header
  }
}

/**
 * A whole stream at once.
 * @throws STATE_CORRUPT, VERSION_UNSUPPORTED
 */
export async function readSnapshot(
  chunks: AsyncIterable<Uint8Array>,
  store: KeyValueStore,
): Promise<SnapshotHeader> {
  const reception = new SnapshotReception(store)
  for await (const chunk of chunks) await reception.take(chunk)
  return reception.finish()
}

/**
 * Takes a stream apart, checking it: yields its pairs, in batches of about a chunk, then returns the header and the meta
 * records, which are to be written last.
 * @throws STATE_CORRUPT, VERSION_UNSUPPORTED
 */
export async function* checkedPairs(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<
  readonly WriteOperation[],
  { readonly header: SnapshotHeader; readonly operations: readonly WriteOperation[] }
> {
  const intake = new SnapshotIntake()
  for await (const chunk of chunks) yield* intake.push(chunk)
  return intake.finish()
}

/** Takes the stream apart and holds back what must be written last. */
class SnapshotIntake {
  readonly #frames = new FrameReader()
  readonly #hash = createHash('sha256')
  #header: SnapshotHeader | undefined
  readonly #meta: WriteOperation[] = []
  #lastKey = ''
  #count = 0
  #complete = false

  get complete(): boolean {
    return this.#complete
  }

  finish(): { readonly header: SnapshotHeader; readonly operations: readonly WriteOperation[] } {
    if (this.#header === undefined || !this.#complete || this.#frames.pending) {
      throw snapshotCorrupt('it ends early')
    }
    this.#checkMeta(this.#header)
    return { header: this.#header, operations: this.#meta }
  }

  /** Batches to write. */
  *push(chunk: Uint8Array): Iterable<WriteOperation[]> {
    this.#frames.push(chunk)
    for (let next = this.#frames.next(); next !== undefined; next = this.#frames.next()) {
      if (this.#complete) throw snapshotCorrupt('it goes on after its end')
      if (next.type === FRAME.header && this.#header === undefined) this.#header = decodeHeader(next.payload)
      else if (next.type === FRAME.pairs && this.#header !== undefined) yield this.#pairs(next.payload)
      else if (next.type === FRAME.trailer && this.#header !== undefined) this.#end(next.payload)
      else throw snapshotCorrupt(`frame of type ${next.type} is out of place`)
      this.#hash.update(next.whole)
    }
  }

  #pairs(payload: Uint8Array): WriteOperation[] {
    const operations: WriteOperation[] = []
    const input = new Decoder(payload)
    while (input.remaining > 0) {
      const { key, value } = decoded(() => ({ key: input.bytes().slice(), value: input.bytes().slice() }))
      const name = nameOf(key)
      if (name <= this.#lastKey || key[0] === TABLE.local) throw snapshotCorrupt('its keys are out of order')
      unseal(key, value)
      this.#lastKey = name
      this.#count++
      if (key[0] === TABLE.meta) this.#meta.push({ type: 'put', key, value })
      else operations.push({ type: 'put', key, value })
    }
    return operations
  }

  #end(payload: Uint8Array): void {
    const { count, digest } = decoded(() => {
      const input = new Decoder(payload)
      const trailer = { count: input.uint(), digest: input.raw(32) }
      input.end()
      return trailer
    })
    if (count !== this.#count) throw snapshotCorrupt(`it holds ${this.#count} pairs, its end says ${count}`)
    if (!bytesEqual(digest, this.#hash.copy().digest())) throw snapshotCorrupt('its sha256 does not match')
    this.#complete = true
  }

  /** The header must be what the state inside says of itself. */
  #checkMeta(header: SnapshotHeader): void {
    const values = new Map(
      this.#meta.map((operation) => [
        nameOf(operation.key),
        operation.type === 'put' ? operation.value : undefined,
      ]),
    )
    const inside = snapshotHeader({
      getSync: (key) => values.get(nameOf(key)),
      iterate: async function* () {},
      [Symbol.asyncDispose]: async () => {},
    })
    if (!bytesEqual(encodeHeader(inside), encodeHeader(header)) || !values.has(nameOf(keys.settings()))) {
      throw snapshotCorrupt('its header and its content disagree')
    }
  }
}

function decoded<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof DecodeError) throw snapshotCorrupt(cause.message)
    throw cause
  }
}
