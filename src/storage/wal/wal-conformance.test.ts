import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LogStoreHarness, logStoreConformance } from '../../../test/conformance/log-store.js'
import { runUntil } from '../../../test/sim/run-until.js'
import { SeededRandom } from '../../../test/sim/seeded-random.js'
import { SimClock } from '../../../test/sim/sim-clock.js'
import { SimDisk } from '../../../test/sim/sim-disk.js'
import { nodeClock } from '../../runtime/node-clock.js'
import { ThreadFileSystem } from '../../runtime/node-file-system-thread.js'
import { Wal } from './wal.js'
import { EMPTY_LOG } from './wal-options.js'

async function simulated(segmentBytes: number): Promise<LogStoreHarness> {
  const time = new SimClock()
  const random = new SeededRandom(7)
  const clock = time.forNode()
  const disk = new SimDisk({ clock, random: random.fork('disk') })
  return {
    open: () =>
      Wal.open({
        fileSystem: disk.fileSystem(),
        clock,
        random,
        bootId: disk.bootId,
        segmentBytes,
        quickSegmentBytes: Math.min(segmentBytes, 8192),
        bootstrap: EMPTY_LOG,
      }),
    crash: async () => disk.crash(),
    settle: (promise) => runUntil(time, promise),
    cleanUp: async () => {},
  }
}

async function real(): Promise<LogStoreHarness> {
  const root = await mkdtemp(join(tmpdir(), 'wal-'))
  const threads: ThreadFileSystem[] = []
  return {
    open: () => {
      const fileSystem = new ThreadFileSystem(root)
      threads.push(fileSystem)
      return Wal.open({
        fileSystem,
        clock: nodeClock,
        random: new SeededRandom(threads.length),
        bootId: 'this boot',
        segmentBytes: 256 * 1024,
        quickSegmentBytes: 16 * 1024,
        bootstrap: EMPTY_LOG,
      })
    },
    crash: async () => {
      // The thread ends in the middle of whatever it does.
      await threads.at(-1)?.[Symbol.asyncDispose]()
    },
    settle: (promise) => promise,
    cleanUp: async () => {
      for (const thread of threads) await thread[Symbol.asyncDispose]()
      await rm(root, { recursive: true })
    },
  }
}

logStoreConformance('Wal on a simulated disk, segments of 64 KiB', () => simulated(64 * 1024))
logStoreConformance('Wal on a simulated disk, segments of 4 KiB', () => simulated(4096))
logStoreConformance('Wal on a real disk', real)
