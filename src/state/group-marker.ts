import { keys } from './key-layout.js'
import type { WriteOperation } from './key-value-store.js'
import { encodeNumber, readNumber } from './meta.js'
import { type StateReader, seal, stateCorrupt } from './stored-value.js'

/**
 * Proof that no batch is missing from the middle. LevelDB, after a damaged page in its own log, opens without a word and
 * without the batches of that page, later ones present. So every group's batch carries `marker(first) → last`, and an
 * open walks them: each group must begin where the one before ended, up to the applied index.
 *
 * Only as many are kept as can still lie in LevelDB's log: it rotates at 4 MiB and holds two logs at most, and the
 * smallest batch has some 150 bytes, hence {@link GROUP_MARKERS_MAX}. What is older has been moved into table files.
 */
export const GROUP_MARKERS_MAX = 65_536

export class GroupMarkers {
  /** First indexes of the groups whose markers are kept, oldest first from #head on. */
  #firsts: number[]
  #head = 0

  private constructor(
    firsts: number[],
    private readonly markersMax: number,
  ) {
    this.#firsts = firsts
  }

  /**
   * Walks the markers of an opened store.
   * @throws STATE_CORRUPT where a group is missing
   */
  static walk(reader: StateReader, appliedIndex: number, markersMax = GROUP_MARKERS_MAX): GroupMarkers {
    const from = readNumber(reader, keys.markersFrom())
    if (from === undefined) throw stateCorrupt('the state does not say where its group markers begin')
    const firsts: number[] = []
    let next = from
    while (next <= appliedIndex) {
      const last = readNumber(reader, keys.marker(next))
      if (last === undefined || last < next) {
        throw stateCorrupt(
          `the group that begins at index ${next} is missing below applied index ${appliedIndex}`,
        )
      }
      firsts.push(next)
      next = last + 1
    }
    if (next !== appliedIndex + 1) {
      throw stateCorrupt(`a group reaches to index ${next - 1}, beyond applied index ${appliedIndex}`)
    }
    if (readNumber(reader, keys.marker(next)) !== undefined) {
      throw stateCorrupt(`a group begins at index ${next}, beyond applied index ${appliedIndex}`)
    }
    return new GroupMarkers(firsts, markersMax)
  }

  /** What the batch of a group first…last adds: its marker, and the removal of one too old. */
  extend(first: number, last: number): WriteOperation[] {
    this.#firsts.push(first)
    const key = keys.marker(first)
    const operations: WriteOperation[] = [{ type: 'put', key, value: seal(key, encodeNumber(last)) }]
    if (this.#firsts.length - this.#head > this.markersMax) {
      operations.push({ type: 'del', key: keys.marker(this.#firsts[this.#head] as number) })
      this.#head++
      operations.push(markersFrom(this.#firsts[this.#head] as number))
    }
    if (this.#head > this.markersMax) {
      this.#firsts = this.#firsts.slice(this.#head)
      this.#head = 0
    }
    return operations
  }
}

/** Says that the markers begin at an index: in an empty store at 1, after a snapshot at the one behind it. */
export function markersFrom(index: number): WriteOperation {
  const key = keys.markersFrom()
  return { type: 'put', key, value: seal(key, encodeNumber(index)) }
}

/**
 * The same for a received state, whose batches are no groups: each carries the number of its piece, and the last one says how
 * many there are. What it was checked as on arrival is of no use where LevelDB's log loses a page of it before it is opened.
 */
export function pieceMarker(position: number): WriteOperation {
  const key = keys.piece(position)
  return { type: 'put', key, value: seal(key, encodeNumber(position)) }
}

export function piecesInAll(count: number): WriteOperation {
  const key = keys.pieces()
  return { type: 'put', key, value: seal(key, encodeNumber(count)) }
}

/** @throws STATE_CORRUPT where a piece of a received state is missing */
export function checkPieces(reader: StateReader): void {
  const count = readNumber(reader, keys.pieces()) ?? 0
  for (let position = 0; position < count; position++) {
    if (readNumber(reader, keys.piece(position)) === position) continue
    throw stateCorrupt(`piece ${position} of the ${count} in which this state was received is missing`)
  }
}
