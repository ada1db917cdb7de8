import { highestWatermark } from '../../src/storage/wal/record.js'
import type { SeededRandom } from './seeded-random.js'
import type { SimNode } from './sim-node.js'

/** Damage at rest: harm to what a disk had already promised to keep. Only a minority of the disks suffers it. */
export interface HarmfulAct {
  readonly name: string
  /** Done to a machine whose process is dead. */
  readonly offline: boolean
  /** Whether it takes copies of the machine that were made before. */
  readonly wantsCopies?: boolean
  harm(node: SimNode, random: SeededRandom, others: readonly SimNode[]): void
}

/** Where a log segment keeps the id that its watermarks repeat. */
const SEGMENT_ID = { from: 16, to: 32 }
const SEGMENT = /^wal\/[^/]+\.wal$/
const BLOB = /^blobs\/[0-9a-f]{2}\/[0-9a-f]+$/
const BLOB_UNDER_WAY = /^blobs\/tmp\//

/** A bit of the log that was known durable: this node can no longer vouch for what it promised, and must say so. */
const LOG_BIT: HarmfulAct = {
  name: 'a bit of the log flips',
  offline: true,
  harm(node, random) {
    if (node.lives === 0) return
    const segments = node.disk
      .files()
      .filter(({ path }) => SEGMENT.test(path))
      .map(({ path }) => {
        const bytes = node.disk.peek(path)
        return {
          path,
          durable: highestWatermark(bytes, bytes.slice(SEGMENT_ID.from, SEGMENT_ID.to)),
        }
      })
      .filter(({ durable }) => durable > 0)
    if (segments.length === 0) return
    const { path, durable } = random.pick(segments)
    node.disk.flipBit(path, random.below(durable), random.below(8))
    node.lost = 'STORAGE_CORRUPT'
  },
}

/** Somebody exchanges the disk for an empty one: the node has forgotten its promises and must not be let in again. */
const WIPED: HarmfulAct = {
  name: 'the data folder is emptied',
  offline: true,
  harm(node) {
    // Before its first admission a folder has promised nothing.
    if (!node.admitted) return
    node.disk.wipe()
    node.states.wipe()
    node.lost = 'IDENTITY_LOST'
  },
}

/**
 * The folder is the right one and its promises are those of another day. The others notice where they have seen a later
 * start of it; all of them here, since any of them may be away when it is started.
 */
const OLDER_COPY: HarmfulAct = {
  name: 'an older copy of the disk is put back',
  offline: true,
  wantsCopies: true,
  harm(node, _random, others) {
    const { copy } = node
    if (copy === undefined) return
    const good = others.filter((other) => other.lost === undefined)
    if (!good.every((other) => other.knowsLaterStart(node.id, copy))) return
    node.putBack(copy)
    node.lost = 'IDENTITY_LOST'
  },
}

/** Found by reading, set aside, and fetched again. */
const BLOB_BIT: HarmfulAct = {
  name: 'a bit of a blob flips',
  offline: false,
  harm(node, random) {
    const blobs = node.disk.files().filter(({ path, sizeBytes }) => BLOB.test(path) && sizeBytes > 0)
    if (blobs.length === 0) return
    const { path, sizeBytes } = random.pick(blobs)
    node.disk.flipBit(path, random.below(sizeBytes), random.below(8))
  },
}

/** The bytes were hashed on their way to the disk, so only reading them back can tell. */
const BLOB_ASTRAY: HarmfulAct = {
  name: 'a write of a blob goes astray',
  offline: false,
  harm(node) {
    node.disk.misdirectNextWrite((path) => BLOB_UNDER_WAY.test(path))
  },
}

/** Found at the next opening; the state is replayed or fetched. */
const STATE_HOLE: HarmfulAct = {
  name: 'a batch is lost from the middle of the state',
  offline: true,
  harm(node) {
    node.states.loseFromMiddle()
  },
}

/** What a seed has drawn of it: nothing for most. */
export function drawDamages(random: SeededRandom): HarmfulAct[] {
  const losses = random.chance(350) ? [random.pick([LOG_BIT, WIPED, OLDER_COPY])] : []
  return [...losses, ...[BLOB_BIT, BLOB_ASTRAY, STATE_HOLE].filter(() => random.chance(200))]
}
